from hypothesis import given
from hypothesis import strategies as st

from imaging.render.geometry import Box, Size, Turn, cut_along, cut_at, scaled

SIDES = st.integers(1, 20_000)
SIZES = st.builds(Size, SIDES, SIDES)
PLACES = st.tuples(SIDES, SIDES, SIDES, SIDES)
TURNS = st.builds(Turn, st.booleans(), st.integers(0, 3))


def test_halves_are_rounded_up_and_nothing_vanishes():
    assert scaled(5, 1, 2) == 3
    assert scaled(3, 1, 4) == 1
    assert scaled(1, 1, 1_000) == 1


@given(SIZES, SIZES)
def test_inside_is_at_most_the_box_and_touches_it(size, box):
    inside = size.inside(box)
    assert inside.width <= box.width
    assert inside.height <= box.height
    assert inside.width == box.width or inside.height == box.height


@given(SIZES, SIZES)
def test_around_is_at_least_the_box_and_touches_it(size, box):
    around = size.around(box)
    assert around.width >= box.width
    assert around.height >= box.height
    assert around.width == box.width or around.height == box.height


@given(SIZES, SIZES)
def test_at_most_never_enlarges(size, limit):
    smaller = size.at_most(limit)
    assert smaller.width <= min(size.width, limit.width)
    assert smaller.height <= min(size.height, limit.height)


@given(SIZES, SIZES, st.floats(0, 1), st.floats(0, 1))
def test_a_cut_stays_within_the_picture(size, box, x, y):
    box = Size(min(size.width, box.width), min(size.height, box.height))
    cut = cut_at(size, box, x, y)
    assert cut.left >= 0
    assert cut.top >= 0
    assert cut.left + cut.width <= size.width
    assert cut.top + cut.height <= size.height


@given(TURNS)
def test_four_quarters_and_two_mirrors_change_nothing(turn):
    assert turn.rotated(1).rotated(3) == turn
    assert turn.flopped().flopped() == turn
    assert turn.flipped().flipped() == turn
    assert turn.flipped().flopped() == turn.rotated(2)


@given(TURNS, TURNS, st.floats(0, 1), st.floats(0, 1))
def test_a_point_follows_one_turn_after_another(first, second, x, y):
    at_once = first.then(second).point(x, y)
    step_by_step = second.point(*first.point(x, y))
    assert all(abs(one - other) < 1e-9 for one, other in zip(at_once, step_by_step, strict=True))


def test_the_top_left_corner_goes_right_when_turned_clockwise():
    assert Turn(quarters=1).point(0, 0) == (1, 0)
    assert Turn(mirrored=True).point(0, 0) == (1, 0)


@given(TURNS)
def test_a_turn_and_its_inverse_change_nothing(turn):
    assert turn.then(turn.inverse) == Turn()
    assert turn.inverse.then(turn) == Turn()
    assert turn.inverse.inverse == turn


@given(TURNS, SIZES, PLACES)
def test_a_box_follows_the_picture_when_it_is_turned_and_back(turn, size, places):
    box = box_in(size, places)
    turned = turn.box(box, size)
    assert is_inside(turned, turn.size(size))
    assert turned.size == turn.size(box.size)
    assert turn.inverse.box(turned, turn.size(size)) == box


@given(TURNS, TURNS, SIZES, PLACES)
def test_a_box_follows_one_turn_after_another(first, second, size, places):
    box = box_in(size, places)
    at_once = first.then(second).box(box, size)
    assert at_once == second.box(first.box(box, size), first.size(size))


@given(TURNS, SIZES, PLACES)
def test_a_box_lies_where_its_middle_lies(turn, size, places):
    box = box_in(size, places)
    x, y = turn.point((box.left + box.width / 2) / size.width, (box.top + box.height / 2) / size.height)
    turned, whole = turn.box(box, size), turn.size(size)
    assert abs(turned.left + turned.width / 2 - x * whole.width) < 1e-6
    assert abs(turned.top + turned.height / 2 - y * whole.height) < 1e-6


@given(SIZES, PLACES, PLACES)
def test_the_box_around_two_holds_both_and_nothing_more(size, places, others):
    one, other = box_in(size, places), box_in(size, others)
    both = one.around(other)
    assert both == other.around(one)
    assert one.around(one) == one
    assert is_inside(one.shifted(-both.left, -both.top), both.size)
    assert is_inside(other.shifted(-both.left, -both.top), both.size)
    assert both.left in (one.left, other.left)
    assert both.top in (one.top, other.top)


@given(SIZES, SIZES, st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1]))
def test_a_picture_on_a_canvas_lies_within_it_and_where_it_is_told_to(canvas, picture, x, y):
    picture = Size(min(canvas.width, picture.width), min(canvas.height, picture.height))
    place = cut_along(canvas, picture, x, y)
    assert is_inside(place, canvas)
    assert place.left == {-1: 0, 0: (canvas.width - picture.width) // 2, 1: canvas.width - picture.width}[x]
    assert place.top == {-1: 0, 0: (canvas.height - picture.height) // 2, 1: canvas.height - picture.height}[y]


def box_in(size: Size, places: tuple[int, int, int, int]) -> Box:
    """Any box inside a picture of this size."""
    left, top = places[0] % size.width, places[1] % size.height
    return Box(left, top, 1 + places[2] % (size.width - left), 1 + places[3] % (size.height - top))


def is_inside(box: Box, size: Size) -> bool:
    return box.left >= 0 <= box.top and box.left + box.width <= size.width and box.top + box.height <= size.height
