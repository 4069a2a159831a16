"""Who is signed in, for whom, where the organization stands, and what follows from it; the language; the way out."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gateway.console.guard import LANGUAGE_COOKIE
from gateway.console.texts import LANGUAGE_NAMES
from gateway.console.visit import Visit
from gateway.partnership.authority import Task
from gateway.store.tables import WORLDWIDE

_YEAR: Final = 365 * 86_400


async def shown(visit: Visit) -> Response:
    """The first page."""
    approvals = [item for item in visit.organization.approvals if item.period.holds(visit.today)]
    tasks = [task for task in Task if visit.may(task)]
    return visit.page("home.html", approvals=approvals, tasks=tasks, worldwide=WORLDWIDE)


async def choose_language(visit: Visit) -> Response:
    """Keeps the language in a cookie, and goes back to the page."""
    written = visit.form.value("language")
    path = visit.form.value("to")
    # A path of the console, and nothing that a browser would read as another host.
    response = visit.go(path if path.startswith("/console") and "\\" not in path else "/console")
    if written in {item.value for item in LANGUAGE_NAMES}:
        response.set_cookie(
            LANGUAGE_COOKIE,
            written,
            max_age=_YEAR,
            path="/console",
            secure=visit.console.secure,
            httponly=True,
            samesite="lax",
        )
    return response
