"""`imaging settings`: the table of settings."""

import enum
import shutil
import textwrap
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from imaging.settings import Section, read_settings, sections, variables

UNITS = {
    "s": "seconds",
    "ms": "milliseconds",
    "bytes": "bytes",
    "px": "pixels",
    "pixels": "pixels",
    "frames": "frames",
    "tokens": "tokens",
}
KINDS = {int: "number", bool: "yes or no", str: "text", Path: "path", SecretStr: "secret", tuple: "list"}


def table() -> str:
    """Return every setting with its type, default, unit, meaning and present value; secrets are masked."""
    settings = read_settings()
    width = shutil.get_terminal_size((110, 24)).columns
    lines = ["Set a variable in the environment or in a file named .env. Present values that differ follow `=`.", ""]
    for name, section in sections():
        lines += _section_lines(section, getattr(settings, name), width)
    return "\n".join(lines).rstrip()


def _section_lines(section: type[Section], values: Section, width: int) -> list[str]:
    lines = [(section.__doc__ or "").partition("\n")[0], ""]
    for variable, (name, info) in zip(variables(section), section.model_fields.items(), strict=True):
        value = getattr(values, name)
        now = "" if value == info.default else f" = {_text(value)}"
        unit = UNITS.get(name.rpartition("_")[2], "")
        facts = ", ".join(fact for fact in (_kind(info), unit, f"default {_text(info.default)}") if fact)
        about = f"{info.description} ({facts})"
        lines += [f"  {variable}{now}", *textwrap.wrap(about, width, initial_indent="    ", subsequent_indent="    ")]
    return [*lines, ""]


def _kind(info: FieldInfo) -> str:
    kinds: list[Any] = [kind for kind in get_args(info.annotation) if kind is not type(None)]  # Any: types, as written
    kind = info.annotation if getattr(info.annotation, "__origin__", None) or not kinds else kinds[0]
    kind = getattr(kind, "__origin__", kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return " or ".join(str(member.value) for member in kind)
    return KINDS.get(kind, "text") if isinstance(kind, type) else "text"


def _text(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(_text(part) for part in value) if isinstance(value, tuple) else str(value)
