import asyncio
import uuid
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette

from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.errors import Unauthenticated
from imaging.http.health import Health

Check = Callable[[], Awaitable[object]]


async def well() -> None:
    return None


async def ill() -> None:
    raise ConnectionRefusedError("the password is hunter2")


async def asleep() -> None:
    await asyncio.sleep(60)


async def admit(token: str | None) -> Viewer:
    if token == "wrong":
        raise Unauthenticated("The token is not accepted.")
    return Viewer(uuid.UUID(int=1), Role(token)) if token else ANONYMOUS


async def probe(
    path: str, checks: dict[str, Check], *, peer: str = "10.0.0.1", host: str = "pictures.test", token: str = ""
) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=Health(checks, admit).routes()), client=(peer, 1234))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.get(path, headers=headers)


async def test_alive_asks_nobody() -> None:
    response = await probe("/livez", {"rows": ill})
    assert (response.status_code, response.text) == (200, "alive\n")
    assert response.headers["cache-control"] == "no-store"


async def test_ready_when_everything_is_well() -> None:
    response = await probe("/readyz", {"rows": well, "objects": well})
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_not_ready_when_one_thing_is_not() -> None:
    response = await probe("/readyz", {"rows": well, "objects": ill})
    assert (response.status_code, response.json()) == (503, {"status": "not ready"})


@pytest.mark.parametrize(
    "asker", [{"peer": "127.0.0.1", "host": "localhost"}, {"token": "admin"}], ids=["this machine", "admin"]
)
async def test_those_who_run_it_see_each_dependency(asker: dict[str, str]) -> None:
    checks = (await probe("/readyz", {"rows": well, "objects": ill}, **asker)).json()["checks"]
    assert checks["rows"]["ok"] is True
    assert checks["rows"]["latencyMs"] >= 0
    assert checks["objects"]["error"] == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "asker", [{}, {"token": "editor"}, {"token": "wrong"}, {"peer": "127.0.0.1"}, {"host": "localhost"}]
)
async def test_others_do_not(asker: dict[str, str]) -> None:
    assert "checks" not in (await probe("/readyz", {"rows": well}, **asker)).json()


async def test_a_dependency_that_does_not_answer_is_not_waited_for() -> None:
    async with asyncio.timeout(4):
        response = await probe("/readyz", {"index": asleep}, token="admin")
    assert response.status_code == 503
    assert response.json()["checks"]["index"]["error"] == "no answer within 2 s"
