"""Where somebody is signed in: one browser is signed out, or all the others."""

import re

from aiohttp import web

from hub.sessions import end_other_sessions, end_session
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, SESSION

OTHERS = "others"
BROWSERS = (  # the first that fits: each also claims to be those after it
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/|Chromium", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


async def destroy(request: web.Request) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    [which] = await read_fields(request, "session")
    if which == OTHERS:
        await end_other_sessions(hub, agent.id, request[SESSION])
    else:
        await end_session(hub, which, of=agent.id)
    raise web.HTTPSeeOther("/settings?saved=sessions#sessions")


def browser_of(user_agent: str) -> str:
    """Firefox, Linux: as much as its owner needs to know it by; empty when it says nothing we know."""
    found = (next((name for mark, name in kinds if re.search(mark, user_agent)), "") for kinds in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)
