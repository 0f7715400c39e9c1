"""Many writers in a process of their own: `python -m tests.database.writers URL WRITERS TIMES`.

Each reads a counter and writes it back one higher, which goes wrong whenever a transaction does not hold
the write lock from its beginning, or the lock of the counter's row. Prints the id of everybody it made, after
the commit.
"""

import asyncio
import sys

from imaging import database
from imaging.accounts.models import User


async def write(times: int) -> None:
    for _ in range(times):
        async with database.transaction():
            counter = await User.select_for_update().get(issuer="counter")
            counter.name = str(int(counter.name) + 1)
            await asyncio.sleep(0)
            await counter.save(update_fields=("name",))
            made = await User.create(issuer="made", subject=counter.name)
        print(made.id, flush=True)


async def main(url: str, writers: int, times: int) -> None:
    await database.connect(url)
    try:
        await asyncio.gather(*(write(times) for _ in range(writers)))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
