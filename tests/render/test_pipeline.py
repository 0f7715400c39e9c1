"""The steps run in the order that is told, and only those that are needed."""

import pyvips

from imaging.render.facts import ImageFormat, Source
from imaging.render.order import ORDER, steps_of
from imaging.render.pipeline import LAYING, STEPS, TURNING, apply
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

# `streams` opens, cuts and resizes, `render` finds edges before that, and labels and encodes at the end.
BEFORE = ["decode", "cut", "trim", "resize"]
AFTER = ["label", "encode"]


def test_the_pipeline_has_every_step_in_the_order_that_is_told() -> None:
    assert [*BEFORE, *TURNING, *LAYING, *AFTER] == [step.name for step in ORDER]
    assert list(STEPS) == [*TURNING, *LAYING]


def test_a_step_is_a_function_of_its_own_name() -> None:
    assert [step.__name__ for step in STEPS.values()] == list(STEPS)


def test_steps_run_in_order_and_only_where_the_plan_needs_them() -> None:
    wish = Transform(width=20, height=20, rotate=90, sharpen=1, blur=2, hue=30, padding=3, corner_radius=5)
    steps = plan(wish, Source(ImageFormat.PNG, 40, 30), format=OutputFormat.PNG)
    ran: list[str] = []

    def noted(name: str):
        def step(image: pyvips.Image, plan: object) -> pyvips.Image:
            ran.append(name)
            return image

        return step

    apply(pictures.scene(40, 30), steps, {name: noted(name) for name in reversed(STEPS)})

    assert ran == ["turn", "crop", "adjust", "blur", "sharpen", "canvas", "corners"]
    assert ran == [step.name for step in steps_of(steps) if step.name in STEPS]


def test_a_plan_that_needs_nothing_leaves_the_picture_as_it_is() -> None:
    image = pictures.scene(40, 30)
    assert apply(image, plan(Transform(), Source(ImageFormat.PNG, 40, 30), format=OutputFormat.PNG)) is image
