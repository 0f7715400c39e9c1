from pathlib import Path

from imaging.settings import sections, variables
from tests.server import environment, imaging


def printed(tmp_path: Path, **settings: str) -> str:
    done = imaging("settings", env=environment(tmp_path / "data", **settings), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_setting_is_listed_with_what_it_does(tmp_path: Path) -> None:
    text = " ".join(printed(tmp_path).split())
    for _, section in sections():
        for variable, info in variables(section).items():
            assert variable in text
            assert str(info.description) in text


def test_a_setting_is_shown_with_type_unit_default_and_present_value(tmp_path: Path) -> None:
    text = printed(tmp_path, max_file_bytes="1000")
    assert "IMAGING_MAX_FILE_BYTES = 1000" in text
    assert "(number, bytes, default 209715200)" in text


def test_secrets_are_masked(tmp_path: Path) -> None:
    text = printed(tmp_path, signing_keys=f"a:{'x' * 32}", database_url="sqlite:///secret.db")
    assert "IMAGING_SIGNING_KEYS = ********" in text
    assert "IMAGING_DATABASE_URL = ********" in text
    assert "xxxx" not in text
    assert "secret.db" not in text


def test_a_wrong_setting_is_one_message_without_a_traceback(tmp_path: Path) -> None:
    done = imaging("settings", env=environment(tmp_path / "data", port="x"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: IMAGING_PORT: ")
    assert "Traceback" not in done.stderr
