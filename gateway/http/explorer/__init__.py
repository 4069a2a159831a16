"""`/explorer`: GraphiQL on the gateway's own schema, with a form that fetches a token and a list of saved queries.

GraphiQL, React and React DOM (each MIT) come from the npm registry at installation (`package-lock.json` here pins
them) and are served by the gateway itself; the page asks no other host for anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.errors import NotFound
from gateway.http.responses import json_response

# GraphiQL's dialogs put a style element into the page, and its style sheet holds its fonts as data.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The folder's own files, and those that `npm ci` puts below it.
ASSETS: Final[Mapping[str, str]] = {
    "explorer.css": "explorer.css",
    "explorer.js": "explorer.js",
    "graphiql.css": "node_modules/graphiql/graphiql.min.css",
    "graphiql.js": "node_modules/graphiql/graphiql.min.js",
    "react.js": "node_modules/react/umd/react.production.min.js",
    "react-dom.js": "node_modules/react-dom/umd/react-dom.production.min.js",
}
ASSET_SECONDS: Final = 3600


class SavedQuery(msgspec.Struct, frozen=True):
    """A query of the list. `title` is the comment in its first line."""

    title: str
    query: str


def saved_queries() -> Sequence[SavedQuery]:
    """The `.graphql` files in `queries/`, by file name."""
    folder = Path(str(files(__name__))) / "queries"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.graphql"))]
    return [SavedQuery(title=text.partition("\n")[0].removeprefix("#").strip(), query=text) for text in texts]


def routes(folder: Path | None = None) -> list[BaseRoute]:
    """The addresses below `/explorer`; `folder` holds the page and its parts, this package's unless given."""
    home = folder or Path(str(files(__name__)))

    # Plain functions: Starlette runs them in a thread, so reading files keeps no one waiting.
    def page(_request: Request) -> Response:
        missing = [part for part in ASSETS.values() if not (home / part).is_file()]
        if missing:
            return PlainTextResponse(
                f"The explorer's page parts are not installed ({', '.join(missing)}).\n"
                "In a checkout, `make run` installs them; elsewhere run, with npm 10 or newer:\n\n"
                f"    npm ci --ignore-scripts --prefix {home}\n",
                503,
                {**HEADERS, "Cache-Control": "no-store"},
            )
        return HTMLResponse((home / "page.html").read_bytes(), headers={**HEADERS, "Cache-Control": "no-cache"})

    def asset(request: Request) -> Response:
        path = home / ASSETS.get(request.path_params["name"], "")
        if not path.is_file():
            raise NotFound("the explorer has no such part: open `/explorer`")
        return FileResponse(path, headers={**HEADERS, "Cache-Control": f"private, max-age={ASSET_SECONDS}"})

    def queries(_request: Request) -> Response:
        return json_response(saved_queries())

    return [
        Route("/explorer", page, methods=["GET"]),
        Route("/explorer/assets/{name}", asset, methods=["GET"]),
        Route("/explorer/queries", queries, methods=["GET"]),
    ]
