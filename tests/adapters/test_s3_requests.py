"""What the S3 store sends: checksums that a server can check, addresses in both styles, and no secret."""

import hashlib
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from imaging.adapters.s3_abilities import PROBES, Abilities
from imaging.adapters.s3_client import open_bucket
from imaging.adapters.s3_store import open_s3_store
from imaging.errors import Misconfigured, StorageUnavailable
from imaging.settings import S3Settings
from tests.adapters.bucket import MIB, given
from tests.adapters.strict_bucket import strict_bucket


async def test_a_server_that_checks_sha256_is_given_it(tmp_path: Path) -> None:
    async with strict_bucket() as (bucket, settings), open_s3_store(settings, tmp_path) as store:
        assert await store.abilities() == Abilities(checks_sha256=True, writes_once=True)
        assert bucket.refused == ["BadDigest", "PreconditionFailed"]
        assert not any(key.startswith(PROBES) for key in bucket.objects)
        for mebibytes in (1, 20):
            whole = os.urandom(mebibytes * MIB)
            put = await store.put(f"o/{mebibytes}", given(tmp_path, whole), content_type="image/tiff")
            assert bucket.objects[f"o/{mebibytes}"] == whole
            assert bucket.metadata[f"o/{mebibytes}"] == put.etag == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize("mebibytes", [1, 20])
async def test_bytes_that_arrive_damaged_are_sent_again(tmp_path: Path, mebibytes: int) -> None:
    async with strict_bucket() as (bucket, settings), open_s3_store(settings, tmp_path) as store:
        bucket.damage, whole = 2, os.urandom(mebibytes * MIB)
        await store.put("o/abc", given(tmp_path, whole), content_type="image/tiff")
        assert bucket.refused.count("BadDigest") == 3
        assert bucket.objects["o/abc"] == whole


async def test_bytes_that_never_arrive_whole_are_not_stored(tmp_path: Path) -> None:
    async with strict_bucket() as (bucket, settings), open_s3_store(settings, tmp_path) as store:
        bucket.damage = 100
        with pytest.raises(StorageUnavailable):
            await store.put("o/abc", given(tmp_path, os.urandom(MIB)), content_type="image/tiff")
        assert "o/abc" not in bucket.objects


@pytest.mark.parametrize(
    ("chosen", "address"),
    [
        ({}, "https://pictures.s3.eu-west-1.amazonaws.com/k?"),
        ({"path_style": True}, "https://s3.eu-west-1.amazonaws.com/pictures/k?"),
        ({"endpoint_url": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000/pictures/k?"),
        ({"endpoint_url": "https://s3.example.com", "path_style": False}, "https://pictures.s3.example.com/k?"),
    ],
)
async def test_the_bucket_is_named_in_the_host_or_in_the_path(chosen: dict[str, object], address: str) -> None:
    settings = S3Settings(
        bucket="pictures", region="eu-west-1", access_key_id="key", secret_access_key="secret", **chosen
    )
    async with open_bucket(settings) as bucket:
        told = await bucket.client.generate_presigned_url("get_object", {"Bucket": bucket.name, "Key": "k"})
    assert told.startswith(address)
    assert "secret" not in told


async def test_half_a_pair_of_credentials_is_refused() -> None:
    for half in ({"access_key_id": "key"}, {"secret_access_key": SecretStr("secret")}):
        with pytest.raises(Misconfigured, match="IMAGING_S3_ACCESS_KEY_ID and IMAGING_S3_SECRET_ACCESS_KEY") as refused:
            async with open_bucket(S3Settings(bucket="pictures", **half)):
                pass
        assert "=secret" not in refused.value.message
