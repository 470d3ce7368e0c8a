"""How the work is done, the sheet of keys, and where to read on."""

from collections.abc import Mapping

from aiohttp import web

from hub.web.guide import Job, agents_day, leads_day
from hub.web.keys import AGENT
from hub.web.pages import render, speaker
from hub.web.permissions import Permission, allows
from hub.web.shortcuts import keys_of, sheet


async def show(request: web.Request) -> web.Response:
    _ = speaker(request).gettext
    groups = sheet(_)
    fixed = {one.act: one.key for shortcuts in groups.values() for one in shortcuts if one.fixed}
    keys = fixed | keys_of(request[AGENT].keys)
    role = request[AGENT].role
    works = allows(role, Permission.WRITE_CONVERSATIONS)
    days = {_("A day in the inbox"): agents_day(_) if works else (), _("Leading a team"): leads_day(_) if works else ()}
    guide = {
        day: [(job, _strokes(job, keys), allows(role, job.needs)) for job in jobs] for day, jobs in days.items() if jobs
    }
    return render(request, "help.html", groups=groups, guide=guide)


def _strokes(job: Job, keys: Mapping[str, str]) -> list[str]:
    """As this agent has them; a key that is off is not named."""
    pressed = [keys.get(name, name) for name in job.keys]
    return [f"Shift {one.lower()}" if len(one) == 1 and one != one.lower() else one for one in pressed if one]
