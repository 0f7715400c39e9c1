"""What doctor says of pages that put bytes into a bucket."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from imaging.commands.cors import lacking_origins
from imaging.settings import S3Settings
from tests.commands.test_doctor import examined
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

FRIEND, OTHER = "https://friend.test", "https://other.test"
RULE = {
    "AllowedOrigins": [FRIEND],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["Content-Type", "x-amz-*"],
    "ExposeHeaders": ["ETag"],
}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({}, [OTHER]),
        ({"AllowedOrigins": ["https://*.test"]}, []),
        ({"AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}, []),
        ({"AllowedMethods": ["GET", "POST"]}, [FRIEND, OTHER]),
        ({"AllowedHeaders": ["Content-Type"]}, [FRIEND, OTHER]),
        ({"ExposeHeaders": []}, [FRIEND, OTHER]),
    ],
)
def test_a_rule_must_allow_all_that_a_page_sends_and_reads(changes: dict[str, list[str]], lacking: list[str]) -> None:
    assert lacking_origins([RULE | changes], [FRIEND, OTHER]) == lacking


def test_a_rule_without_headers_lets_nobody_put() -> None:
    assert lacking_origins([{"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}], [FRIEND]) == [FRIEND]
    assert lacking_origins([], [FRIEND]) == [FRIEND]


def test_without_a_bucket_bytes_are_put_to_the_server(tmp_path: Path) -> None:
    _, findings = examined(tmp_path, cors_origins=FRIEND)
    assert findings["uploads"] == "ok   uploads: are put to this server"


@pytest.mark.full
def test_a_bucket_that_lets_no_page_put_is_found_with_what_mends_it(
    tmp_path: Path, s3_server: S3Server, s3_settings: S3Settings
) -> None:
    told: dict[str, Any] = {
        "s3_bucket": s3_settings.bucket,
        "s3_endpoint_url": s3_server.url,
        "s3_access_key_id": ACCESS_KEY,
        "s3_secret_access_key": SECRET_KEY,
        "s3_region": "us-east-1",
    }
    _, findings = examined(tmp_path, **told)
    assert findings["uploads"].startswith("ok")
    told["cors_origins"] = f"{FRIEND},{OTHER}"
    code, findings = examined(tmp_path, **told)
    assert code == 1
    assert findings["uploads"].startswith("BAD")
    configuration = re.search(r"--cors-configuration '(.*)'", findings["uploads"])
    assert configuration is not None
    client = s3_server.client()
    client.put_bucket_cors(Bucket=s3_settings.bucket, CORSConfiguration=json.loads(configuration[1]))
    client.close()
    code, findings = examined(tmp_path, **told)
    assert findings["uploads"].startswith("ok")
    asked = {
        "Origin": FRIEND,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-amz-content-sha256,x-amz-checksum-sha256",
    }
    assert httpx.options(f"{s3_server.url}/{s3_settings.bucket}/s/abc/1", headers=asked).status_code == 200
