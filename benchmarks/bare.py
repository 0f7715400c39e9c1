"""What we compare ourselves with over HTTP: bare Starlette answering with a file, or with given bytes."""

import argparse
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route


def app(files: Path, body: bytes) -> Starlette:
    """Return an app that serves the files of a folder at `/f/` and the same JSON at `/json`."""

    async def file(request: Request) -> FileResponse:
        return FileResponse(files / request.path_params["name"])

    async def json(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/graphql-response+json")

    return Starlette(routes=[Route("/f/{name}", file), Route("/json", json, methods=["POST"])])


def main() -> None:
    """Serve until killed; says `ready` once it listens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("files", type=Path)
    parser.add_argument("body", type=Path)
    chosen = parser.parse_args()
    uvicorn.run(app(chosen.files, chosen.body.read_bytes()), port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
