"""Wake-ups inside one process."""

import asyncio


class LocalWakeups:
    """Wakes everybody in this process who waits for a topic; nobody waiting means nothing to do."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    def announce(self, topic: str) -> None:
        """Wake everybody who waits for the topic."""
        event = self._waiting.pop(topic, None)
        if event is not None:
            event.set()

    def announce_all(self) -> None:
        """Wake everybody, whatever they wait for."""
        for topic in tuple(self._waiting):
            self.announce(topic)

    async def wait(self, topic: str, *, timeout_s: float) -> bool:
        """Return True when woken, False after the timeout."""
        event = self._waiting.setdefault(topic, asyncio.Event())
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return False
        return True
