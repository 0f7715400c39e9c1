import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imaging.adapters.key_files import kept_secret


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    kept_secret(path, lambda: b"first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    assert kept_secret(path, lambda: b"first") == b"first"
    assert kept_secret(path, lambda: b"second") == b"first"


def test_all_who_ask_at_once_get_the_same_secret_and_no_draft_remains(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: kept_secret(path, lambda: secrets.token_bytes(32)), range(64)))
    assert len(set(answers)) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]
