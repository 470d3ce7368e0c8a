"""How long things are kept, in the settings: a rule counts only once it was shown what it would let go now."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import DAY
from hub.retention import usual_rules
from hub.store.audited import audit_about
from hub.store.retention import AUDIT, KINDS, SIGN_UPS, Due, count_due, load_rules, mark_rules
from hub.web.forms import Form, read_form
from hub.web.keys import HUB
from hub.web.pages import render

PAGE = "/settings/retention"
DAYS = (30, 90, 180, 365, 730, 1095, 2190, 3650)  # that are offered
SHORT = (7, 14)  # and of sign-ups
FOR_EVER = 0


async def index(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    return _page(request, await hub.store.read(load_rules))


async def preview(request: web.Request) -> web.Response:
    """What these rules would let go now."""
    return await _preview(request, _read(await read_form(request)))


async def update(request: web.Request) -> web.Response:
    """The rules that were looked at; others are shown first."""
    form = await read_form(request)
    rules = _read(form)
    if form.get("seen") != _said(rules):
        return await _preview(request, rules, status=422)
    audit_about(_said(rules) or "-")
    await request.app[HUB].store.write(mark_rules, rules)
    raise web.HTTPSeeOther(f"{PAGE}?saved=1")


def offered(kind: str) -> tuple[int, ...]:
    return (*SHORT, *DAYS) if kind == SIGN_UPS else DAYS


def _read(form: Form) -> dict[str, int]:
    """What is not offered is no rule."""
    typed = {kind: str(form.get(kind, "")) for kind in KINDS}
    days = {kind: int(text) for kind, text in typed.items() if text.isascii() and text.isdecimal()}
    return {kind: number for kind, number in days.items() if number in offered(kind)}


def _said(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {days} d" for kind, days in sorted(rules.items()))


async def _preview(request: web.Request, rules: Mapping[str, int], status: int = 200) -> web.Response:
    hub = request.app[HUB]
    due = await hub.store.read(_count, rules, hub.clock.now())
    return _page(request, rules, due=due, seen=_said(rules), is_looked_at=True, status=status)


def _count(conn: Connection, rules: Mapping[str, int], now: int) -> dict[str, Due]:
    return {kind: count_due(conn, kind, now - days * DAY) for kind, days in rules.items()}


def _page(request: web.Request, rules: Mapping[str, int], **more: Any) -> web.Response:
    usual = usual_rules(request.app[HUB].settings.accounts.audit_months)[AUDIT]
    values = {"due": {}, "seen": "", "is_looked_at": False, "saved": "saved" in request.query, **more}
    kinds = {kind: offered(kind) for kind in KINDS}
    return render(request, "retention.html", rules=rules, kinds=kinds, audit_days=usual, **values)
