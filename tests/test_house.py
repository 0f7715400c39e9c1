"""The walls of the house: who may import what, how large a file may grow, what a test must do."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "imaging"
MAX_LINES = 300

RIGHTS = {
    "pyvips": ("render/",),
    "pebble": ("render/",),
    "pi_heif": ("render/",),
    "PIL": ("render/",),
    "numpy": ("render/",),
    "py_svg_hush": ("render/",),
    "strawberry": ("graphql/",),
    "graphql": ("graphql/",),
    "starlette": ("http/", "app.py", "graphql/transport/"),
    "python_multipart": ("graphql/transport/",),
    "tortoise": (
        "accounts/",
        "journal/",
        "images/",
        "uploads/",
        "delivery/",
        "collections/",
        "search/",
        "batches/",
        "upkeep/",
        "database.py",
        "postgres_engine.py",
        "sqlite_engine.py",
        "migrations/",
        "graphql/publishes.py",
    ),
    "asyncpg": ("postgres_engine.py",),
    "tantivy": ("adapters/",),
    "aioboto3": ("adapters/",),
    "aiobotocore": ("adapters/",),
    "aiohttp": ("adapters/",),
    "yarl": ("adapters/",),
    "boto3": ("adapters/",),
    "botocore": ("adapters/",),
    "joserfc": ("adapters/",),
    "cryptography": ("adapters/",),
    "httpx": ("adapters/",),
    "uvicorn": ("commands/",),
    "click": ("commands/", "__main__.py"),
    "pydantic": (
        "setting_sections.py",
        "retention_settings.py",
        "settings.py",
        "work_settings.py",
        "commands/settings.py",
    ),
    "redis": ("adapters/",),
    "aiocache": ("adapters/",),
    "prometheus_client": ("metrics.py",),
}
MAY_IMPORT_LATE = ("wiring.py", "__main__.py")


def sources(folder: Path) -> list[Path]:
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", str(folder.relative_to(ROOT))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    listed = [ROOT / line for line in kept.stdout.splitlines()] if kept.returncode == 0 else folder.rglob("*")
    return sorted(
        path for path in listed if path.suffix == ".py" and path.exists() and "node_modules" not in path.parts
    )


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def stray_awaits(module: ast.Module) -> list[int]:
    """Lines where GraphQL code awaits anything but a use case or a loader."""
    awaited = [node for node in ast.walk(module) if isinstance(node, ast.Await)]
    return [node.lineno for node in awaited if not ast.unparse(node.value).startswith("info.context.")]


def late_imports(module: ast.Module) -> list[int]:
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = [node for function in functions for node in ast.walk(function)]
    return [node.lineno for node in inner if isinstance(node, ast.Import | ast.ImportFrom)]


def is_checked(test: ast.AST) -> bool:
    words = ("raises", "warns", "expect", "assert", "check", "verify")
    nodes = list(ast.walk(test))
    called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    return any(isinstance(node, ast.Assert) for node in nodes) or any(word in name for name in called for word in words)


def silent_tests(module: ast.Module) -> list[int]:
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node.lineno for node in functions if node.name.startswith("test_") and not is_checked(node)]


def test_each_storey_looks_only_downwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_room_has_its_storey() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = re.findall(r"imaging\.(\w+)", config["importlinter:contract:storeys"]["layers"])
    rooms = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - {"__init__"} == set(layers)


def test_a_library_is_imported_only_where_it_has_the_right() -> None:
    strays = [
        f"{where(path, line)} imports {name}"
        for path in sources(PACKAGE)
        for line, name in imported(tree(path))
        if (rights := RIGHTS.get(name.partition(".")[0]))
        and not path.relative_to(PACKAGE).as_posix().startswith(rights)
    ]
    assert strays == []


def test_graphql_awaits_only_use_cases_and_loaders() -> None:
    doors = [path for path in sources(PACKAGE / "graphql") if "transport" not in path.parts]
    strays = [where(path, line) for path in doors for line in stray_awaits(tree(path))]
    assert strays == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("async def a(info):\n    return await info.context.loaders.users.load(1)", []),
        ("async def a(row):\n    return await row.tags.all()", [2]),
        ("async def a():\n    await Image.filter()\n    await Image.all()", [2, 3]),
    ],
)
def test_a_stray_await_would_be_seen(source: str, lines: list[int]) -> None:
    assert stray_awaits(ast.parse(source)) == lines


def test_imports_stand_at_the_top_of_their_file() -> None:
    paths = [path for path in sources(PACKAGE) if path.relative_to(PACKAGE).as_posix() not in MAY_IMPORT_LATE]
    assert [where(path, line) for path in paths for line in late_imports(tree(path))] == []


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    paths = [*sources(PACKAGE), *sources(ROOT / "tests"), *sources(ROOT / "benchmarks")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_test_asserts_something() -> None:
    paths = [path for path in sources(ROOT / "tests") if path.name.startswith("test_")]
    assert [where(path, line) for path in paths for line in silent_tests(tree(path))] == []


def test_a_silent_test_would_be_seen() -> None:
    assert silent_tests(ast.parse("def test_a():\n    run()\n\n\ndef test_b():\n    assert run()")) == [1]


def test_the_pinned_requirements_name_no_host() -> None:
    pinned = sorted(ROOT.glob("requirements*.txt"))
    assert len(pinned) == 3
    assert [path.name for path in pinned if re.search(r"https?://", path.read_text(encoding="utf-8"))] == []
