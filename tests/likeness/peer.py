"""The same wish through our pipeline and through npm's sharp, side by side."""

import json
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyvips

from imaging.render.choices import OutputFormat
from imaging.render.plan import Plan, plan
from imaging.render.render import render
from imaging.render.transform import Transform
from tests.likeness.translation import Asked, in_sharp
from tests.npm import FRONT_END, NODE, install
from tests.render.sources import Sample

_DEFAULT = {field.name: field.default for field in fields(Transform)}

# Nobody sees a mean distance of less; one pixel of displacement gives more on the pictures used here.
ALIKE = 0.7


@dataclass(frozen=True)
class Case:
    """A picture and a wish; `said` replaces the translation into sharp's words, `alike` is the mean ΔE00 allowed,
    `alpha` the mean difference of transparency, of 255.
    """

    sample: Sample
    wish: Transform
    said: Asked | None = None
    alike: float = ALIKE
    alpha: float = 2.0
    format: OutputFormat = OutputFormat.PNG

    def __str__(self) -> str:
        told = {field.name: getattr(self.wish, field.name) for field in fields(self.wish)}
        return f"{self.sample.name}, { ({name: value for name, value in told.items() if value != _DEFAULT[name]}) }"


def differences(cases: list[Case], folder: Path) -> list[str]:
    """Render every case with both; return what differs in size, orientation, channels, pages or to the eye."""
    inputs = {case.sample.name: folder / f"input{number}" for number, case in enumerate(cases)}
    for case in cases:
        inputs[case.sample.name].write_bytes(case.sample.content)
    outputs = [folder / f"{number}.{case.format.value}" for number, case in enumerate(cases)]
    planned = [plan(case.wish, case.sample.source, format=case.format) for case in cases]
    theirs = _through_sharp(cases, planned, inputs, outputs)
    found = []
    for case, how, output, answer in zip(cases, planned, outputs, theirs, strict=True):
        target = output.with_stem(f"{output.stem}-ours")
        done = render(inputs[case.sample.name], how, target)
        difference = _difference(_facts(target, done.pages), answer, how) or _distance(case, how, target, output)
        found += [f"{case}: {difference}"] if difference else []
    return found


def _through_sharp(
    cases: list[Case], planned: list[Plan], inputs: dict[str, Path], outputs: list[Path]
) -> list[dict[str, Any]]:
    install()
    asked = []
    for case, how, output in zip(cases, planned, outputs, strict=True):
        said = case.said or in_sharp(how)
        entry = {"input": str(inputs[case.sample.name]), "options": said.options, "steps": said.steps}
        asked.append(entry | {"output": str(output)})
    command = [NODE, "sharp.mjs"]
    done = subprocess.run(
        command, cwd=FRONT_END, input=json.dumps(asked), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    failed = [f"{case}: {answer['error']}" for case, answer in zip(cases, answers, strict=True) if "error" in answer]
    assert failed == []
    return answers


def _facts(path: Path, pages: int) -> dict[str, int]:
    image = pyvips.Image.new_from_file(str(path), revalidate=True, **({"n": -1} if pages > 1 else {}))
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    return {
        "width": image.width,
        "height": image.get_page_height(),
        "pages": image.height // image.get_page_height(),
        "channels": image.bands,
        "orientation": orientation,
    }


def _nearly(ours: dict[str, int], theirs: dict[str, int]) -> bool:
    return all(abs(ours[fact] - theirs[fact]) <= (fact in ("width", "height")) for fact in ours)


def _difference(ours: dict[str, int], theirs: dict[str, int], plan: Plan) -> str:
    if ours == theirs or (plan.shrink_on_load > 1 and _nearly(ours, theirs)):
        return ""
    return f"{ours} where sharp gives {theirs}"


def _distance(case: Case, plan: Plan, our_file: Path, their_file: Path) -> str:
    pages = {"n": -1} if plan.pages > 1 else {}
    one, other = (pyvips.Image.new_from_file(str(path), revalidate=True, **pages) for path in (our_file, their_file))
    if (one.width, one.height) != (other.width, other.height):
        other = other.thumbnail_image(one.width, height=one.height, size="force")
    colours = on_grey(one).dE00(on_grey(other)).avg()
    alpha = (_alpha(one) - _alpha(other)).abs().avg()
    return f"ΔE00 {colours:.2f}, alpha {alpha:.2f}" if colours > case.alike or alpha > case.alpha else ""


def on_grey(image: pyvips.Image) -> pyvips.Image:
    """Return the colours as one sees them on grey, in LAB."""
    image = image.colourspace("srgb")
    return (image.flatten(background=[119]) if image.hasalpha() else image).colourspace("lab")


def _alpha(image: pyvips.Image) -> pyvips.Image:
    alpha = image[image.bands - 1] if image.hasalpha() else image.new_from_image(255)
    return alpha.cast("float")
