import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imaging import database
from imaging.accounts.admission import Admission, highest_role
from imaging.accounts.models import User
from imaging.accounts.viewer import ANONYMOUS, Role
from imaging.adapters.dev_issuer import AUDIENCE, ISSUER, DevIssuer
from imaging.adapters.jwt_verifier import JwtVerifier
from imaging.errors import Unauthenticated
from tests import databases


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[None]:
    await database.connect(databases.chosen().url(tmp_path))
    yield
    await database.close()


@pytest.fixture
def issuer(tmp_path: Path) -> DevIssuer:
    return DevIssuer(tmp_path / "keys")


@pytest.fixture
def verifier(issuer: DevIssuer) -> JwtVerifier:
    return JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def admission(verifier: JwtVerifier, rows: None) -> Admission:
    return Admission(verifier)


async def test_a_token_becomes_a_viewer_with_role_name_and_end(admission: Admission, issuer: DevIssuer) -> None:
    viewer = await admission.admit(issuer.token(role="admin", subject="ann", name="Ann", ttl_s=60))
    assert (viewer.role, viewer.name, viewer.is_anonymous) == (Role.ADMIN, "Ann", False)
    assert viewer.expires_at_s == pytest.approx(time.time() + 60, abs=5)


async def test_the_same_person_is_the_same_user_in_every_role(admission: Admission, issuer: DevIssuer) -> None:
    viewers = [await admission.admit(issuer.token(role=role, subject="ann", ttl_s=60)) for role in ("viewer", "admin")]
    assert viewers[0].user_id == viewers[1].user_id
    assert [viewer.role for viewer in viewers] == [Role.VIEWER, Role.ADMIN]


async def test_different_people_are_different_users(admission: Admission, issuer: DevIssuer) -> None:
    viewers = [await admission.admit(issuer.token(role="editor", subject=name, ttl_s=60)) for name in ("ann", "bob")]
    assert viewers[0].user_id != viewers[1].user_id


async def test_a_user_seen_by_two_processes_at_once_is_made_once(
    verifier: JwtVerifier, issuer: DevIssuer, rows: None
) -> None:
    token = issuer.token(role="editor", subject="ann", ttl_s=60)
    viewers = await asyncio.gather(*(Admission(verifier).admit(token) for _ in range(20)))
    assert len({viewer.user_id for viewer in viewers}) == 1
    assert await User.all().count() == 1


async def test_a_user_is_found_again_after_a_restart(
    admission: Admission, verifier: JwtVerifier, issuer: DevIssuer
) -> None:
    token = issuer.token(role="editor", subject="ann", ttl_s=60)
    assert (await admission.admit(token)).user_id == (await Admission(verifier).admit(token)).user_id


async def test_somebody_seen_before_costs_no_sql(admission: Admission, issuer: DevIssuer) -> None:
    token = issuer.token(role="editor", ttl_s=60)
    viewer = await admission.admit(token)
    await database.close()
    assert await admission.admit(token) == viewer


async def test_no_token_is_refused_unless_everybody_may_read(verifier: JwtVerifier) -> None:
    with pytest.raises(Unauthenticated, match="needs a token"):
        await Admission(verifier).admit(None)
    assert await Admission(verifier, anonymous_read=True).admit(None) == ANONYMOUS


async def test_a_bad_token_is_refused_also_when_everybody_may_read(verifier: JwtVerifier) -> None:
    for token in ("", "nonsense"):
        with pytest.raises(Unauthenticated):
            await Admission(verifier, anonymous_read=True).admit(token)


async def test_a_subject_longer_than_its_column_is_refused(admission: Admission, issuer: DevIssuer) -> None:
    with pytest.raises(Unauthenticated, match="255"):
        await admission.admit(issuer.token(role="editor", subject="x" * 256, ttl_s=60))


async def test_a_long_name_is_cut_not_refused(admission: Admission, issuer: DevIssuer) -> None:
    viewer = await admission.admit(issuer.token(role="editor", name="n" * 300, ttl_s=60))
    assert (await User.get(id=viewer.user_id)).name == "n" * 255


async def test_users_come_in_the_order_asked_with_none_for_strangers(admission: Admission, issuer: DevIssuer) -> None:
    ann, bob = [(await admission.admit(issuer.token(role="viewer", subject=s, ttl_s=60))).user_id for s in ("a", "b")]
    assert ann is not None
    assert bob is not None
    found = await admission.users([bob, uuid.uuid4(), ann, bob])
    assert [user.subject if user else None for user in found] == ["b", None, "a", "b"]
    assert await admission.users([]) == []


@pytest.mark.parametrize(
    ("names", "role"),
    [
        ((), Role.VIEWER),
        (("viewer",), Role.VIEWER),
        (("editor", "viewer"), Role.EDITOR),
        (("viewer", "admin", "editor"), Role.ADMIN),
        (("superuser", "root"), Role.VIEWER),
        (("Admin",), Role.VIEWER),
    ],
)
def test_the_mightiest_known_role_wins(names: tuple[str, ...], role: Role) -> None:
    assert highest_role(names) is role
