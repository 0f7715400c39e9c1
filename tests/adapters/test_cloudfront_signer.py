"""Addresses and cookies that CloudFront's edge admits, checked with the public key and against botocore."""

import datetime
from pathlib import Path

import pytest
from botocore.signers import CloudFrontSigner as Botocore
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pydantic import SecretStr

from imaging.adapters.cloudfront_signer import CloudFrontSigner, custom_policy, open_signer
from imaging.errors import Misconfigured
from imaging.settings import CdnHash, CdnSettings
from tests.cdn.edge_check import KeyGroup, Refused
from tests.cdn.keys import PrivateKey, ecdsa_key, pem, public, rsa_key

KEYS = {"rsa": rsa_key(), "ecdsa": ecdsa_key()}
CDN = "https://cdn.example.com"
URL = f"{CDN}/p/{'3f' * 16}/1/2/w_640-alt_jpg/duck.auto?e=2000000000&s=a.AbC-_"
UNTIL_S = 2_000_000_000
NOW_S = UNTIL_S - 100

kinds = pytest.mark.parametrize("hash", list(CdnHash), ids=lambda hash: hash.value)
both = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())


def signer_of(key: PrivateKey, hash: CdnHash = CdnHash.SHA256, key_id: str = "K1") -> CloudFrontSigner:
    return CloudFrontSigner(key_id, pem(key), hash)


def edge_of(**keys: PrivateKey) -> KeyGroup:
    return KeyGroup({key_id: public(key) for key_id, key in keys.items()})


def refusal(edge: KeyGroup, url: str, cookies: dict[str, str] | None = None, viewer: str = "127.0.0.1") -> str:
    with pytest.raises(Refused) as refused:
        edge.check(url, cookies, now_s=NOW_S, viewer=viewer)
    return str(refused.value)


@kinds
@both
def test_the_edge_admits_a_signed_address_and_passes_it_on_as_it_was(key: PrivateKey, hash: CdnHash) -> None:
    assert edge_of(K1=key).check(signer_of(key, hash).sign(URL, UNTIL_S), now_s=NOW_S) == URL
    bare = URL.partition("?")[0]
    assert edge_of(K1=key).check(signer_of(key, hash).sign(bare, UNTIL_S), now_s=NOW_S) == bare


@kinds
@both
def test_the_edge_refuses_what_was_changed_and_what_is_over(key: PrivateKey, hash: CdnHash) -> None:
    edge, signed = edge_of(K1=key), signer_of(key, hash).sign(URL, UNTIL_S)
    for changed in ("w_640 w_641", "s=a.AbC s=a.AbD", "Expires=2 Expires=3", "/p/ /r/"):
        assert refusal(edge, signed.replace(*changed.split())) == "wrong signature"
    assert refusal(edge_of(K2=key), signed) == "unknown key or hash"
    assert refusal(edge, URL) == "no signature"
    with pytest.raises(Refused, match="expired"):
        edge.check(signed, now_s=UNTIL_S)


@kinds
@both
def test_a_policy_admits_what_its_resource_matches_within_its_limits(key: PrivateKey, hash: CdnHash) -> None:
    policy = custom_policy(f"{CDN}/p/{'3f' * 16}/*", expires_s=UNTIL_S, not_before_s=NOW_S, ip_range="10.0.0.0/8")
    edge, signed = edge_of(K1=key), signer_of(key, hash).sign_with(policy, URL)
    assert edge.check(signed, now_s=NOW_S, viewer="10.1.2.3") == URL
    assert edge.check(signed.replace("w_640", "w_320"), now_s=NOW_S, viewer="10.1.2.3")
    assert refusal(edge, signed.replace("3f3f", "4f4f"), viewer="10.1.2.3") == "another resource"
    assert refusal(edge, signed, viewer="192.0.2.1") == "another network"
    with pytest.raises(Refused, match="not yet"):
        edge.check(signed, now_s=NOW_S - 1, viewer="10.1.2.3")


@kinds
@both
def test_cookies_admit_a_whole_gallery_and_nothing_beside_it(key: PrivateKey, hash: CdnHash) -> None:
    cookies = signer_of(key, hash).cookies(custom_policy(f"{CDN}/p/{'3f' * 16}/*", expires_s=UNTIL_S))
    edge = edge_of(K1=key)
    assert edge.check(URL, cookies, now_s=NOW_S) == URL
    assert refusal(edge, URL.replace("3f3f", "4f4f"), cookies) == "another resource"
    assert refusal(edge, URL.replace("cdn.", "evil."), cookies) == "another resource"
    assert {name.partition("-")[0] for name in cookies} == {"CloudFront"}


@both
def test_the_same_wish_has_the_same_address_each_time_so_that_browsers_can_keep_it(key: PrivateKey) -> None:
    assert signer_of(key).sign(URL, UNTIL_S) == signer_of(key).sign(URL, UNTIL_S)


def test_botocore_signs_the_same_byte_for_byte() -> None:
    key = KEYS["rsa"]
    assert not isinstance(key, ec.EllipticCurvePrivateKey)
    until = datetime.datetime.fromtimestamp(UNTIL_S, datetime.UTC)
    botocore = Botocore("K1", lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1()))
    ours = signer_of(key, CdnHash.SHA1)
    for url in (URL, URL.partition("?")[0]):
        assert ours.sign(url, UNTIL_S) == botocore.generate_presigned_url(url, date_less_than=until)
    policy = custom_policy(f"{CDN}/p/*", expires_s=UNTIL_S, not_before_s=NOW_S, ip_range="10.0.0.0/8")
    since = datetime.datetime.fromtimestamp(NOW_S, datetime.UTC)
    assert policy == botocore.build_policy(f"{CDN}/p/*", until, since, "10.0.0.0/8")
    assert ours.sign_with(policy, URL) == botocore.generate_presigned_url(URL, policy=policy)


def test_keys_rotate_while_the_group_has_both_public_halves() -> None:
    old, new = KEYS["rsa"], KEYS["ecdsa"]
    before, after = signer_of(old, key_id="OLD").sign(URL, UNTIL_S), signer_of(new, key_id="NEW").sign(URL, UNTIL_S)
    between = edge_of(OLD=old, NEW=new)
    assert between.check(before, now_s=NOW_S) == between.check(after, now_s=NOW_S) == URL
    assert refusal(edge_of(NEW=new), before) == "unknown key or hash"


@pytest.mark.parametrize("url", [f"{CDN}/*", f'{CDN}/"', f"{CDN}/a b", f"{CDN}/ä", f"{CDN}/\\", "/p/a.jpg", ""])
def test_what_could_change_the_policy_is_not_signed(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        signer_of(KEYS["ecdsa"]).sign(url, UNTIL_S)


@pytest.mark.parametrize("resource", [f'{CDN}/"}}', "*", "", f"{CDN}/\n"])
def test_a_policy_is_not_made_for_what_is_no_address(resource: str) -> None:
    with pytest.raises(ValueError, match="resource"):
        custom_policy(resource, expires_s=UNTIL_S)


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", pem(rsa_key(3072)), pem(ecdsa_key(ec.SECP384R1()))],
    ids=["nothing", "rubbish", "rsa-3072", "p-384"],
)
def test_a_key_that_cloudfront_does_not_take_is_refused_by_the_name_of_its_variable(content: bytes) -> None:
    with pytest.raises(Misconfigured, match=r"IMAGING_CDN_PRIVATE_KEY.*RSA key of 2048 bits"):
        CloudFrontSigner("K1", content)


def test_a_key_comes_from_a_file_or_from_a_variable_of_one_line(tmp_path: Path) -> None:
    file, text = tmp_path / "key.pem", pem(KEYS["ecdsa"])
    file.write_bytes(text)
    given = [{"private_key_file": file}, {"private_key": SecretStr(text.decode().replace("\n", "\\n"))}]
    signers = [open_signer(CdnSettings(url=CDN, key_pair_id="K1", **part)) for part in given]
    assert {signer and signer.sign(URL, UNTIL_S) for signer in signers} == {signer_of(KEYS["ecdsa"]).sign(URL, UNTIL_S)}


def test_without_a_key_nothing_is_signed_for_the_cdn() -> None:
    assert open_signer(CdnSettings(url=CDN)) is None
    assert open_signer(CdnSettings()) is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"key_pair_id": "K1"}, "IMAGING_CDN_PRIVATE_KEY"),
        ({"private_key": "x", "url": CDN}, "IMAGING_CDN_KEY_PAIR_ID must be set"),
        ({"private_key": "x", "key_pair_id": "K1"}, "IMAGING_CDN_URL must be set"),
        ({"private_key": "x", "private_key_file": "y"}, "not both"),
        ({"private_key_file": "/nowhere/key.pem", "url": CDN, "key_pair_id": "K1"}, "IMAGING_CDN_PRIVATE_KEY_FILE"),
        ({"private_key": pem(KEYS["ecdsa"]).decode(), "url": CDN, "key_pair_id": "K/1"}, "IMAGING_CDN_KEY_PAIR_ID"),
    ],
)
def test_half_a_configuration_is_refused_by_the_name_of_the_other_half(given: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        open_signer(CdnSettings.model_validate(given))
