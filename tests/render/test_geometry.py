from hypothesis import given
from hypothesis import strategies as st

from imaging.render.geometry import Size, Turn, cut_at, scaled

SIDES = st.integers(1, 20_000)
SIZES = st.builds(Size, SIDES, SIDES)
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
