"""Signatures of addresses."""

from urllib.parse import parse_qs

import pytest

from imaging.adapters.hmac_signer import HmacSigner
from imaging.errors import Misconfigured, SignatureExpired, SignatureRejected

OLD, NEW = ("old", b"o" * 32), ("new", b"n" * 32)


def signature_of(query: str) -> str:
    return parse_qs(query)["s"][0]


def test_what_was_signed_is_accepted() -> None:
    signer = HmacSigner([NEW])
    signer.check("/r/a.jpg", signature_of(signer.sign("/r/a.jpg")), None)
    assert signer.sign("/r/a.jpg") == signer.sign("/r/a.jpg")


def test_the_signature_names_its_key_and_is_safe_in_a_srcset() -> None:
    query = HmacSigner([NEW]).sign("/p/a.jpg", 2_000_000_000)
    assert query.startswith("e=2000000000&s=new.")
    assert set(query) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789=&._-")


@pytest.mark.parametrize("given", ["", "x", "new", "new.", "new.AAAA", "other.AAAA", "new.é", "."])
def test_what_is_no_signature_is_refused(given: str) -> None:
    with pytest.raises(SignatureRejected):
        HmacSigner([NEW]).check("/r/a.jpg", given, None)


def test_a_signature_admits_only_its_own_path_and_expiry() -> None:
    signer = HmacSigner([NEW], clock=lambda: 0)
    signature = signature_of(signer.sign("/p/a.jpg", 100))
    signer.check("/p/a.jpg", signature, 100)
    for path, expires_s in (("/p/b.jpg", 100), ("/p/a.jpg", 101), ("/p/a.jpg", None), ("/p/a.jpg\n100", None)):
        with pytest.raises(SignatureRejected):
            signer.check(path, signature, expires_s)


def test_a_spelling_that_decodes_to_the_same_bytes_is_refused() -> None:
    signer = HmacSigner([NEW])
    signature = signature_of(signer.sign("/r/a.jpg"))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = signature[:-1] + letters[letters.index(signature[-1]) ^ 1]
    for other in (twin, signature + "=", signature.upper()):
        with pytest.raises(SignatureRejected):
            signer.check("/r/a.jpg", other, None)


def test_time_runs_out_and_only_who_had_the_signature_is_told() -> None:
    now = 99.9
    signer = HmacSigner([NEW], clock=lambda: now)
    signature = signature_of(signer.sign("/p/a.jpg", 100))
    signer.check("/p/a.jpg", signature, 100)
    now = 100.0
    with pytest.raises(SignatureExpired):
        signer.check("/p/a.jpg", signature, 100)
    with pytest.raises(SignatureRejected) as refused:
        signer.check("/p/a.jpg", "new.AAAA", 100)
    assert refused.type is SignatureRejected


def test_keys_rotate() -> None:
    before = signature_of(HmacSigner([OLD]).sign("/r/a.jpg"))
    between = HmacSigner([NEW, OLD])
    between.check("/r/a.jpg", before, None)
    assert between.sign("/r/a.jpg").startswith("s=new.")
    with pytest.raises(SignatureRejected):
        HmacSigner([NEW]).check("/r/a.jpg", before, None)


def test_the_same_id_with_another_secret_is_another_key() -> None:
    forged = signature_of(HmacSigner([("new", b"x" * 32)]).sign("/r/a.jpg"))
    with pytest.raises(SignatureRejected):
        HmacSigner([NEW]).check("/r/a.jpg", forged, None)


@pytest.mark.parametrize(
    "keys",
    [[], [OLD, NEW, ("third", b"t" * 32)], [NEW, NEW], [("", b"n" * 32)], [("a.b", b"n" * 32)], [("k", b"short")]],
)
def test_keys_that_protect_nothing_are_refused(keys: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Misconfigured):
        HmacSigner(keys)
