import base64
import json
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.server import environment, imaging


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def test_the_token_stands_alone_on_stdout(tmp_path: Path) -> None:
    done = imaging("token", "--role", "admin", env=environment(tmp_path / "data"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert claims_of(done.stdout.strip())["roles"] == ["admin"]


def test_without_options_it_is_an_editor_s_for_twelve_hours(tmp_path: Path) -> None:
    claims = claims_of(imaging("token", env=environment(tmp_path / "data"), cwd=tmp_path).stdout.strip())
    assert (claims["roles"], claims["sub"]) == (["editor"], "developer")
    assert claims["exp"] - claims["iat"] == 12 * 3_600
    assert claims["iat"] == pytest.approx(time.time(), abs=30)


def test_subject_name_and_life_can_be_chosen(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    done = imaging("token", "--subject", "ann", "--name", "Ann", "--ttl", "60", env=env, cwd=tmp_path)
    claims = claims_of(done.stdout.strip())
    assert (claims["sub"], claims["name"], claims["exp"] - claims["iat"]) == ("ann", "Ann", 60)


def test_its_life_can_be_set_for_all(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", token_ttl_s="120")
    claims = claims_of(imaging("token", env=env, cwd=tmp_path).stdout.strip())
    assert claims["exp"] - claims["iat"] == 120


def test_an_unknown_role_is_refused(tmp_path: Path) -> None:
    done = imaging("token", "--role", "root", env=environment(tmp_path / "data"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "viewer" in done.stderr


def test_the_key_is_readable_by_its_owner_only_and_nothing_else_is_written(tmp_path: Path) -> None:
    imaging("token", env=environment(tmp_path / "data"), cwd=tmp_path)
    key = tmp_path / "data" / "keys" / "issuer.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [key]


def test_several_processes_at_once_make_one_key(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: imaging("token", env=env, cwd=tmp_path).stdout, range(4)))
    assert len({token.partition(".")[0] for token in tokens}) == 1
    assert all(tokens)


@pytest.mark.parametrize("setting", [{"mode": "production"}, {"auth_jwks_url": "https://login.example.com/jwks"}])
def test_the_development_issuer_is_off_where_others_issue(setting: dict[str, str], tmp_path: Path) -> None:
    done = imaging("token", env=environment(tmp_path / "data", **setting), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "identity provider" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["token"], ["settings"]])
def test_quick_commands_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    heavy = {"tortoise", "strawberry", "pyvips", "tantivy", "starlette", "uvicorn", "numpy", "PIL", "httpx"}
    program = (
        "import sys\nfrom imaging.__main__ import cli\n"
        f"cli({arguments!r}, standalone_mode=False)\n"
        f"sys.exit(repr({heavy!r} & set(sys.modules)) if {heavy!r} & set(sys.modules) else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path / "data"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
