"""GraphiQL: the page a browser gets at the endpoint, from our own origin and under a strict policy."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).parent.parent / "graphiql" / "dist"
BUILD = "python imaging/graphql/graphiql/build.py"

# Monaco writes style elements and attributes while it runs and takes no nonce; scripts stay our own files.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
IMMUTABLE = "public, max-age=31536000, immutable"

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>imaging · GraphiQL</title>
<link rel="icon" href="data:,">
$styles
</head>
<body>
<div id="graphiql" data-settings="$settings">Loading GraphiQL…</div>
<script type="module" src="$assets/$script"></script>
</body>
</html>
""")

_NOT_BUILT = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>imaging · GraphiQL is not built</title></head>
<body>
<h1>GraphiQL is not built yet</h1>
<p>The API works; only this page is missing. In the project's folder run:</p>
<pre>{BUILD}</pre>
</body>
</html>
"""


@dataclass(frozen=True)
class GraphiQLPage:
    """The page; `token` gives what goes into the headers of its tabs, None for nothing.

    `dist` is where the build writes, `assets` the path under which its files are served.
    """

    token: Callable[[Request], str | None]
    dist: Path = DIST
    assets: str = "/graphql/assets"

    def respond(self, request: Request) -> Response:
        """Return the page, or what to do when it has not been built."""
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Accept"}
        manifest = self._manifest()
        if manifest is None:
            return HTMLResponse(_NOT_BUILT, 503, headers)
        settings = {"endpoint": request.url.path, "token": self.token(request)}
        links = (f'<link rel="stylesheet" href="{self.assets}/{name}">' for name in manifest["styles"])
        page = _PAGE.substitute(
            assets=self.assets,
            script=manifest["script"],
            settings=html.escape(json.dumps(settings)),
            styles="\n".join(links),
        )
        return HTMLResponse(page, headers=headers)

    def _manifest(self) -> dict[str, str | list[str]] | None:
        try:
            found: dict[str, str | list[str]] = json.loads((self.dist / "manifest.json").read_bytes())
        except FileNotFoundError:
            return None
        return found


class Assets(StaticFiles):
    """The page's files: their names hold a hash of their content, so they never change."""

    def __init__(self, dist: Path = DIST) -> None:
        super().__init__(directory=dist / "assets", check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return one file, to be kept for ever."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = IMMUTABLE
        return response
