import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.redis import RedisServer
from tests.server import environment, imaging


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def examined(tmp_path: Path, **settings: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what was said about each thing."""
    env = environment(tmp_path / "data", port=str(free_port())) | {
        f"IMAGING_{name.upper()}": value for name, value in settings.items()
    }
    done = imaging("doctor", env=env, cwd=tmp_path)
    findings: dict[str, str] = {}
    for line in done.stdout.splitlines():
        if line.startswith(("ok", "BAD")):
            subject = line[5:].partition(":")[0]
            findings[subject] = line
        else:
            findings[subject] += line
    return done.returncode, findings


def test_a_healthy_machine_passes_every_check_and_nothing_is_written(tmp_path: Path) -> None:
    code, findings = examined(tmp_path)
    assert [line for line in findings.values() if not line.startswith("ok")] == []
    assert code == 0
    assert len(findings) == 15
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_found(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        code, findings = examined(tmp_path, port=str(taken.getsockname()[1]))
    assert code == 1
    assert findings["port"].startswith("BAD")
    assert "IMAGING_PORT" in findings["port"]


def test_keys_that_others_can_read_are_found_with_the_command_that_mends_it(tmp_path: Path) -> None:
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / "issuer.pem").write_text("x")
    (keys / "issuer.pem").chmod(0o644)
    code, findings = examined(tmp_path)
    assert code == 1
    assert f"chmod go= {keys / 'issuer.pem'}" in findings["keys"]


def test_a_data_folder_that_cannot_be_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    code, findings = examined(tmp_path)
    assert code == 1
    assert "IMAGING_DATA_DIR" in findings["data folder"]


@pytest.mark.sqlite_only("it is about files")
def test_a_damaged_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "imaging.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    code, findings = examined(tmp_path)
    assert code == 1
    assert findings["database"].startswith("BAD")


def test_a_database_server_that_does_not_answer_is_found_and_its_password_not_told(tmp_path: Path) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/pictures"
    code, findings = examined(tmp_path, database_url=url, database_connect_timeout_s="1")
    assert code == 1
    assert "IMAGING_DATABASE_URL" in findings["database"]
    assert "hunter2" not in "".join(findings.values())


def test_a_redis_that_does_not_answer_is_found_and_its_password_not_told(tmp_path: Path) -> None:
    code, findings = examined(tmp_path, redis_url="redis://:hunter2@127.0.0.1:1/0")
    assert code == 1
    assert findings["redis"].startswith("BAD")
    assert "IMAGING_REDIS_URL" in findings["redis"]
    assert "hunter2" not in "".join(findings.values())


@pytest.mark.full
def test_a_redis_that_answers_is_told_with_its_version(tmp_path: Path, redis_server: RedisServer) -> None:
    _, findings = examined(tmp_path, redis_url=redis_server.url)
    assert findings["redis"].startswith("ok   redis: Redis ")


def test_half_a_cdn_is_found(tmp_path: Path) -> None:
    code, findings = examined(tmp_path, cdn_url="https://cdn.example.com", cdn_key_pair_id="K1")
    assert code == 1
    assert "IMAGING_CDN_PRIVATE_KEY" in findings["cdn"]


def test_unsafe_production_settings_are_found(tmp_path: Path) -> None:
    code, findings = examined(tmp_path, mode="production")
    assert code == 1
    assert "IMAGING_SIGNING_KEYS" in findings["settings"]
