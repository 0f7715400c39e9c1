import time

from tests.graphql.desk import Desk

TOO_COMPLEX = ["OPERATION_TOO_COMPLEX"]


def lists(count: int) -> str:
    return "{ " + " ".join(f"list{number}: images(first: 100) {{ nodes {{ id }} }}" for number in range(count)) + " }"


async def test_one_operation_lists_a_thousand_images(desk: Desk) -> None:
    assert len(await desk.editor.data(lists(10))) == 10
    assert await desk.editor.codes(lists(11)) == TOO_COMPLEX
    search = '{ found: searchImages(query: "") { totalCount } '
    assert await desk.editor.codes(lists(10).replace("{ ", search, 1)) == TOO_COMPLEX


async def test_few_words_that_ask_for_many_addresses_are_refused_soon(desk: Desk) -> None:
    for _ in range(100):
        await desk.image()
    widths = ", ".join(str(width) for width in range(100, 132))
    picture = f"picture(widths: [{widths}], formats: [AVIF, WEBP, JPEG, PNG, GIF]) {{ html }}"
    pictures = " ".join(f"picture{number}: {picture}" for number in range(40))
    begun = time.process_time()
    assert await desk.editor.codes(f"{{ images(first: 100) {{ nodes {{ {pictures} }} }} }}") == TOO_COMPLEX
    assert time.process_time() - begun < 3
    usual = "{ images(first: 100) { nodes { url srcset { srcset } picture { html } } } }"
    assert len((await desk.editor.data(usual))["images"]["nodes"]) == 100
