import asyncio
from typing import Any

from tests.graphql.desk import Desk

LIST = "{ images { nodes { id title placeholder { thumbhash dataUri } metadata { camera { make } } } } }"
WISH = "query ($wish: TransformInput) { images { nodes { url(transform: $wish) } } }"


async def tasks_of(desk: Desk, query: str) -> int:
    """Count the tasks that an answer takes."""
    made: list[object] = []

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    asyncio.get_running_loop().set_task_factory(make)
    try:
        await desk.editor.data(query)
    finally:
        asyncio.get_running_loop().set_task_factory(None)
    return len(made)


async def test_rows_are_read_and_not_waited_for(desk: Desk) -> None:
    await desk.image()
    alone = await tasks_of(desk, LIST)
    for _ in range(5):
        await desk.image()
    assert await tasks_of(desk, LIST) == alone


async def test_forms_in_forms_are_read_whole(desk: Desk) -> None:
    await desk.image()
    wish = {"width": 50, "height": 50, "focalPoint": {"x": 0.25, "y": 1}, "gravity": "FOCAL_POINT", "fit": None}
    [node] = (await desk.editor.data(WISH, wish=wish))["images"]["nodes"]
    [plain] = (await desk.editor.data(WISH, wish={"width": 50, "height": 50}))["images"]["nodes"]
    assert "25" in node["url"].split("/")[7]
    assert node["url"] != plain["url"]
