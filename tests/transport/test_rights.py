"""Rights are looked at again for as long as a line is open, whatever happens meanwhile."""

import pytest

from imaging.graphql.transport.limits import LineLimits
from tests.transport.doors import World, make_app, serving
from tests.transport.listening import BEAT, COMPLETE, EVENTS, listening
from tests.transport.sockets import ending, opened


async def test_a_failure_while_rights_are_looked_at_does_not_end_the_watch_over_them(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(None, world, lines=LineLimits(beat_s=0.05))
    async with (
        serving(app) as address,
        opened(address, {"Authorization": "Bearer editor"}) as socket,
        listening(address, "subscription { forever }", EVENTS, "editor") as listener,
    ):
        await listener.answer()
        world.is_broken = True
        assert [await listener.next() for _ in range(5)] == [BEAT] * 5
        world.is_broken, world.roles["editor"] = False, None
        assert (await ending(socket))[0] == 4403
        assert (await listener.answer())[0] == "next"
        assert await listener.answer() == COMPLETE
    assert "could not be looked at" in caplog.text
