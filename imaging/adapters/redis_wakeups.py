"""Wake-ups that cross processes, over Redis: what one announces, all who wait anywhere hear."""

import asyncio
import contextlib
import contextvars
import logging
import uuid
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from imaging.adapters.local_wakeups import LocalWakeups

PING_S = 5.0
SILENCE_S = 15.0
SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
CLOSING_S = 1.0

_log = logging.getLogger(__name__)


class RedisWakeups:
    """Wakes who waits in this process at once, and in others through Redis.

    While Redis is away nothing is lost but speed: who waits has a timeout, after which it looks at the rows. Once Redis
    is back, everybody is woken to look. Between `open` and `close` two tasks talk to Redis, so that neither `announce`
    nor `wait` ever waits for it. It is asked for a sign of life every `ping_s`, and left after `silence_s` without one.
    """

    def __init__(self, client: "Redis", prefix: str, *, ping_s: float = PING_S, silence_s: float = SILENCE_S) -> None:
        self._ping_s = ping_s
        self._silence_s = silence_s
        self._client = client
        self._channel = f"{prefix}wakeups"
        self._own = uuid.uuid4().hex.encode()
        self._local = LocalWakeups()
        self._unsaid: set[str] = set()
        self._to_say = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._connected = asyncio.Event()

    def open(self) -> None:
        """Begin to listen and to speak; Redis may be away."""
        for name, work in (("listening", self._listen), ("speaking", self._speak)):
            # A task shares its creator's context, and with it an open transaction: give it a clean one.
            task = asyncio.create_task(self._for_ever(work, name), context=contextvars.Context())
            self._tasks.append(task)

    async def close(self) -> None:
        """Stop both, whatever Redis does; idempotent."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSING_S)

    def announce(self, topic: str) -> None:
        """Wake everybody who waits for the topic; topics announced in a burst are said once."""
        self._local.announce(topic)
        self._unsaid.add(topic)
        self._to_say.set()

    async def wait(self, topic: str, *, timeout_s: float) -> bool:
        """Return True when woken, False after the timeout."""
        return await self._local.wait(topic, timeout_s=timeout_s)

    @property
    def is_connected(self) -> bool:
        """True while others are heard."""
        return self._connected.is_set()

    async def connected(self) -> None:
        """Return once others are heard."""
        await self._connected.wait()

    async def _for_ever(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Work until cancelled; after a failure pause, then begin anew."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await work()
            except (RedisError, OSError, TimeoutError) as error:
                lasted_s = asyncio.get_running_loop().time() - started
                pause_s = SHORTEST_PAUSE_S if lasted_s > LONGEST_PAUSE_S else min(2 * pause_s, LONGEST_PAUSE_S)
                _log.warning("Redis is away (%s: %s); rows are looked at by the clock", name, type(error).__name__)
            await asyncio.sleep(pause_s)

    async def _speak(self) -> None:
        """Say what was announced; what could not be said is not tried again, for others will be woken anyway."""
        while True:
            await self._to_say.wait()
            self._to_say.clear()
            async with asyncio.timeout(self._silence_s):
                while self._unsaid:
                    topic = self._unsaid.pop()
                    await self._client.publish(self._channel, self._own + b" " + topic.encode())

    async def _listen(self) -> None:
        """Hear others until the connection breaks or falls silent: our own pings are answered on it."""
        channel = self._client.pubsub(ignore_subscribe_messages=True)
        pinging: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._silence_s) as patience:
                await channel.subscribe(self._channel)
                pinging = asyncio.create_task(_ping(channel, self._ping_s))
                self._local.announce_all()
                self._connected.set()
                while True:
                    message = await channel.get_message(timeout=None)
                    patience.reschedule(asyncio.get_running_loop().time() + self._silence_s)
                    self._hear(message)
        finally:
            self._connected.clear()
            if pinging is not None:
                pinging.cancel()
            await _hang_up(channel)

    def _hear(self, message: dict[str, object] | None) -> None:
        data = message["data"] if message and message["type"] == "message" else None
        if not isinstance(data, bytes):
            return
        who, _, topic = data.partition(b" ")
        if who != self._own:
            self._local.announce(topic.decode(errors="replace"))


async def _ping(channel: PubSub, every_s: float) -> None:
    """Ask for a sign of life now and then; the listener hears the answer, or breaks off when there is none."""
    with contextlib.suppress(RedisError, OSError):
        while True:
            await asyncio.sleep(every_s)
            await channel.ping()


async def _hang_up(channel: PubSub) -> None:
    """Give the connection up for good: after an interruption in the middle of an answer it is of no use."""
    closing = asyncio.create_task(channel.aclose())  # type: ignore[no-untyped-call]  # redis leaves it untyped
    await asyncio.wait({closing}, timeout=CLOSING_S)
    closing.cancel()
