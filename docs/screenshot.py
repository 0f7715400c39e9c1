"""Take the README's picture of GraphiQL: `make screenshot` (needs Chromium)."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import expect

from tests.browser.chromium import visit
from tests.server import imaging, running_server

PICTURE = Path(__file__).with_name("graphiql.png")
TAB = "Pictures"


async def main() -> None:
    """Fill a library with the demo's pictures, ask for some, and photograph the page."""
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        imaging("demo", env=server.env, cwd=Path(folder))
        async with visit(f"{server.url}/graphql") as visited:
            page = visited.page
            await expect(page.locator(".graphiql-query-editor .view-line").first).to_be_visible(timeout=30_000)
            await expect(page.locator(".graphiql-spinner")).to_have_count(0, timeout=15_000)
            await page.get_by_role("tab", name=TAB).click()
            await page.get_by_role("button", name="Execute query").click()
            await expect(page.locator(".graphiql-response")).to_contain_text("filename", timeout=15_000)
            await page.wait_for_timeout(500)  # until Monaco has coloured the answer
            await page.screenshot(path=PICTURE)


if __name__ == "__main__":
    asyncio.run(main())
