import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError

from imaging.errors import Misconfigured
from imaging.settings import Mode, sections, variables
from tests.settings.conftest import Read

SAFE = {
    "MODE": "production",
    "PUBLIC_URL": "https://pictures.example.com",
    "ALLOWED_HOSTS": "pictures.example.com",
    "SIGNING_KEYS": f"a:{'x' * 32}",
    "AUTH_ISSUER": "https://login.example.com/",
    "AUTH_AUDIENCE": "pictures",
    "AUTH_JWKS_URL": "https://login.example.com/jwks",
}


def test_the_defaults_are_a_server_on_this_machine(read: Read, tmp_path: Path) -> None:
    settings = read()
    assert (settings.server.host, settings.server.port, settings.server.mode) == ("127.0.0.1", 8000, Mode.DEVELOPMENT)
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite://{tmp_path}/data/imaging.db"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert not settings.access.anonymous_read


def test_the_default_limits_are_those_we_promise(read: Read) -> None:
    settings = read()
    assert settings.upload.max_file_bytes == 200 * 1024**2
    assert settings.upload.max_files_per_request == 20
    assert settings.upload.max_pixels == settings.upload.max_total_pixels == 400_000_000
    assert settings.upload.max_frames == 1_000
    assert settings.delivery.max_output_side_px == 8_192
    assert settings.delivery.max_output_side_webp_px == 16_383
    assert settings.delivery.srcset_widths == (320, 640, 960, 1280, 1920, 2560)
    assert settings.delivery.private_url_ttl_s == 3_600
    assert settings.decoder.decoder_memory_bytes == 1024**3
    assert settings.decoder.decoder_timeout_s == 30
    assert settings.access.token_ttl_s == 12 * 3_600
    assert (settings.imports.http, settings.imports.ports, settings.imports.allowed_networks) == (False, (80, 443), ())
    assert (settings.imports.max_bytes, settings.imports.timeout_s) == (200 * 1024**2, 120)


def test_a_variable_changes_a_setting(read: Read) -> None:
    assert read(PORT="9000", HOST="0.0.0.0").public_url == "http://127.0.0.1:9000"


def test_lists_are_written_with_commas(read: Read) -> None:
    settings = read(SRCSET_WIDTHS="100, 200", ALLOWED_HOSTS="a.example,*.b.example,")
    assert settings.delivery.srcset_widths == (100, 200)
    assert settings.allowed_hosts == ("a.example", "*.b.example")
    imports = read(IMPORT_PORTS="443, 8443", IMPORT_ALLOWED_NETWORKS="10.1.0.0/16,fd12::/16").imports
    assert imports.ports == (443, 8443)
    assert [str(network) for network in imports.allowed_networks] == ["10.1.0.0/16", "fd12::/16"]


def test_an_empty_variable_counts_as_absent(read: Read) -> None:
    assert read(PORT="", PUBLIC_URL="").server.port == 8000


def test_a_file_named_env_is_read_and_the_environment_wins(read: Read, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("IMAGING_PORT=9000\nIMAGING_HOST=0.0.0.0\nOTHER=1\n")
    settings = read(PORT="9001")
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9001)


def test_settings_cannot_be_changed(read: Read) -> None:
    settings = read()
    with pytest.raises(ValidationError):
        settings.server.port = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.server = settings.server  # type: ignore[misc]  # that is the point


def test_a_wrong_value_is_refused_with_its_name_and_what_is_allowed(read: Read) -> None:
    with pytest.raises(Misconfigured, match=r"^IMAGING_PORT: input should be less than or equal to 65535"):
        read(PORT="99999")


def test_every_wrong_value_is_named_at_once(read: Read) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read(PORT="x", MAX_PIXELS="0", MODE="testing", AUTH_LEEWAY_S="-1", PUBLIC_URL="example.com/path")
    named = [line.partition(":")[0] for line in refusal.value.message.splitlines()]
    assert named == [
        "IMAGING_MODE",
        "IMAGING_PORT",
        "IMAGING_PUBLIC_URL",
        "IMAGING_MAX_PIXELS",
        "IMAGING_AUTH_LEEWAY_S",
    ]


def test_a_misspelt_variable_is_refused_with_a_suggestion(read: Read, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("IMAGING_DATADIR=/tmp\n")
    with pytest.raises(Misconfigured) as refusal:
        read(PROT="9000")
    assert "IMAGING_PROT: there is no such setting; did you mean IMAGING_PORT?" in refusal.value.message
    assert "did you mean IMAGING_DATA_DIR?" in refusal.value.message


@pytest.mark.parametrize("keys", ["secret", "a:short", f"a b:{'x' * 32}", f":{'x' * 32}", f"{'a' * 17}:{'x' * 32}"])
def test_an_unfit_signing_key_is_refused_without_being_repeated(keys: str, read: Read) -> None:
    with pytest.raises(Misconfigured, match="IMAGING_SIGNING_KEYS: a key is written id:secret") as refusal:
        read(SIGNING_KEYS=keys)
    assert "x" * 32 not in refusal.value.message


@pytest.mark.parametrize("url", ["http://me:hunter2@host", "redis://", "me:hunter2@host:6379", "unix://"])
def test_an_unfit_redis_url_is_refused_without_being_repeated(url: str, read: Read) -> None:
    with pytest.raises(Misconfigured, match="IMAGING_REDIS_URL") as refused:
        read(REDIS_URL=url)
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize("url", ["redis://host", "rediss://me:hunter2@host:6380/1", "unix:///run/redis.sock?db=1"])
def test_a_redis_url_is_kept_secret(url: str, read: Read) -> None:
    settings = read(REDIS_URL=url)
    assert settings.redis.url is not None
    assert settings.redis.url.get_secret_value() == url
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("url", ["mysql://me:hunter2@host/db", "postgresql://me:hunter2@host", "imaging.db"])
def test_an_unfit_database_url_is_refused_without_being_repeated(url: str, read: Read) -> None:
    with pytest.raises(Misconfigured, match="IMAGING_DATABASE_URL: the database URL") as refusal:
        read(DATABASE_URL=url)
    assert "hunter2" not in refusal.value.message


def test_at_most_two_signing_keys_are_valid(read: Read) -> None:
    with pytest.raises(Misconfigured, match="at most 2"):
        read(SIGNING_KEYS=",".join(f"{name}:{'x' * 32}" for name in "abc"))


def test_secrets_are_not_shown_when_settings_are_printed(read: Read) -> None:
    settings = read(SIGNING_KEYS=f"a:{'x' * 32}", DATABASE_URL="sqlite:///secret/place.db")
    assert "x" * 32 not in repr(settings)
    assert "secret/place" not in repr(settings)
    assert settings.database_url == "sqlite:///secret/place.db"


def test_a_safe_production_server_is_accepted(read: Read) -> None:
    settings = read(**SAFE)
    settings.must_be_safe()
    assert settings.is_production
    assert not settings.introspection


def test_an_unsafe_production_server_is_told_everything_that_is_missing(read: Read) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read(MODE="production").must_be_safe()
    for name in ("PUBLIC_URL", "ALLOWED_HOSTS", "SIGNING_KEYS", "AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL"):
        assert f"IMAGING_{name}" in refusal.value.message


@pytest.mark.parametrize("name", sorted(SAFE.keys() - {"MODE"}))
def test_production_demands_each_setting(name: str, read: Read) -> None:
    with pytest.raises(Misconfigured, match=f"also needs: IMAGING_{name}"):
        read(**{key: value for key, value in SAFE.items() if key != name}).must_be_safe()


def test_keys_of_a_provider_may_come_from_a_file(read: Read) -> None:
    chosen = {key: value for key, value in SAFE.items() if key != "AUTH_JWKS_URL"}
    settings = read(**chosen, AUTH_JWKS_FILE="/etc/imaging/jwks.json")
    settings.must_be_safe()
    assert not settings.uses_own_issuer


def test_development_is_safe_as_it_is(read: Read) -> None:
    settings = read()
    settings.must_be_safe()
    assert settings.introspection


def test_introspection_can_be_switched_either_way(read: Read) -> None:
    assert read(**SAFE, INTROSPECTION="true").introspection
    assert not read(MODE="development", INTROSPECTION="false").introspection


def test_addresses_of_version_six_are_written_in_brackets(read: Read) -> None:
    assert read(HOST="::1").public_url == "http://[::1]:8000"


def test_the_bound_port_replaces_the_one_asked_for(read: Read) -> None:
    assert read(PORT="0").listening_on(4321).public_url == "http://127.0.0.1:4321"


def test_every_setting_says_what_it_does() -> None:
    infos = [info for _, section in sections() for info in variables(section).values()]
    assert len(infos) > 30
    assert all(info.description for info in infos)
