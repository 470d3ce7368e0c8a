"""What anybody may read of campaigns: the archive of those that are public, its feed, and numbers behind a link."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from xml.etree import ElementTree

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.archive import PATH, Archive
from hub.campaigns.report import get_report
from hub.campaigns.sharing import DAYS, LINK, end_sharing, get_shared, share
from hub.errors import InvalidInput, NotFound
from hub.ids import is_id
from hub.store.audited import audit_about
from hub.store.campaigns import list_links
from hub.web.forms import read_fields
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.pages import speaker
from hub.web.public import QUIET, VIEW_CSP, render_public

ARCHIVE = web.AppKey("archive", Archive)
OPEN = {  # anybody may find it and keep it, and asks again before it is shown: it may be taken back
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding, Accept-Language, Cookie",
    "Referrer-Policy": "no-referrer",
}
EXCERPT = 280
ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


async def index(request: web.Request) -> web.Response:
    say, after = speaker(request), request.query.get("after", "")
    shown, further = await _archive(request).list(say.language, after if is_id(after) else None)
    values: dict[str, Any] = {"shown": shown, "further": further, "found": True}
    return render_public(request, say, "public/archive.html", headers=OPEN, **values)


async def show(request: web.Request) -> web.Response:
    archive, id = _archive(request), request.match_info["id"]
    try:
        said = await archive.get(id if is_id(id) else "", speaker(request).language)
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    text = f'<!doctype html><meta charset="utf-8"><pre style="white-space:pre-wrap">{escape(said.text)}</pre>'
    headers = {**OPEN, "Content-Security-Policy": VIEW_CSP}
    return web.Response(text=said.html or text, content_type="text/html", headers=headers)


async def show_own_links(request: web.Request) -> web.Response:
    """Where a link leads that only the one who got the mail has."""
    _archive(request)
    return render_public(request, speaker(request), "public/own_links.html", headers={**OPEN, **QUIET})


async def feed(request: web.Request) -> web.Response:
    """RSS 2.0 (https://www.rssboard.org/rss-specification), in the company's language."""
    hub, archive = request.app[HUB], _archive(request)
    company, home = hub.settings.company, f"{hub.base_url}/{PATH}"
    ElementTree.register_namespace("atom", ATOM)
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, title=company.name, link=home, description=company.name, language=company.language)
    to_itself = {"href": f"{home}.xml", "rel": "self", "type": "application/rss+xml"}
    ElementTree.SubElement(channel, f"{{{ATOM}}}link", to_itself)
    shown, _ = await archive.list(company.language)
    for one in shown:
        assert one.said
        item = ElementTree.SubElement(channel, "item")
        told = {"title": one.said.subject or one.said.text[:80], "description": one.said.text[:EXCERPT]}
        moment = format_datetime(datetime.fromtimestamp(one.at / 1000, UTC))
        _add(item, **told, link=f"{home}/{one.id}", guid=f"{home}/{one.id}", pubDate=moment)
    body = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return web.Response(body=body, content_type="application/rss+xml", charset="utf-8", headers=OPEN)


def _add(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = _NO_XML.sub("", text)


def _archive(request: web.Request) -> Archive:
    """Raises HTTPNotFound where the house has none."""
    if not request.app[HUB].settings.advertising.archive:
        raise web.HTTPNotFound
    return request.app[ARCHIVE]


async def show_report(request: web.Request) -> web.Response:
    """Numbers, and nobody's name."""
    hub = request.app[HUB]
    campaign_id, share_id = await open_signed(request, LINK, request.match_info["token"], 2)
    try:
        values = await hub.store.read(_load, campaign_id, share_id, hub.clock.now())
    except NotFound as gone:
        raise web.HTTPNotFound from gone
    return render_public(request, speaker(request), "public/report.html", **values)


def _load(conn: Connection, id: str, share_id: str, now: int) -> dict[str, Any]:
    campaign = get_shared(conn, id, share_id, now)
    links = list_links(conn, id) if campaign.track_links else []
    return {"campaign": campaign, "report": get_report(conn, id), "links": links}


async def share_report(request: web.Request) -> web.Response:
    """days: for how long; 0 takes the link back."""
    hub, id = request.app[HUB], request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    [days] = await read_fields(request, "days")
    audit_about(id)
    if days == "0":
        await hub.store.write(end_sharing, id, hub.clock.now())
    elif days in map(str, DAYS):
        await hub.store.write(share, id, int(days), hub.clock.now())
    else:
        raise InvalidInput("a link is good for 7, 30 or 90 days", "days")
    raise web.HTTPSeeOther(f"/campaigns/{id}#shown")
