"""Pages for recipients, without sign-in, cookies or scripts: unsubscribe, preferences, browser view, tracked links.

The signed token in the path is the key. GET and HEAD never change a consent, because mail scanners follow links;
a tracked link counts GET only, not when the browser says that it fetches ahead, and apart when a machine asks.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.clicks import KEY, Visit, click, peek
from hub.campaigns.content import words_of
from hub.campaigns.opens import LINK, PICTURE, TRACKING
from hub.campaigns.preferences import SOURCE, Wish, get_preferences, mark_preferences, pause, resume
from hub.campaigns.track import Proof, see_opened, undo_unsubscribe, unsubscribe
from hub.campaigns.view import view_html
from hub.clock import DAY
from hub.errors import Conflict, NotFound
from hub.languages import LANGUAGES, best_tag
from hub.outbound.mail_headers import TEST
from hub.platform.limiter import Limit
from hub.store.consents import GRANTED, WITHDRAWN, find_consent
from hub.store.customers import Customer, get_customer
from hub.store.deliveries import Delivery, find_delivery
from hub.templating.links import location_of
from hub.web.forms import read_form
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.locale import Speaker, zone_of
from hub.web.machines import fetches_ahead, is_machine
from hub.web.pages import PAGES, speaker
from hub.web.security import client_ip
from hub.web.tries import TooManyTries, count

QUIET = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
VIEW_CSP = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
ONE_CLICK = "One-Click"
CHANGES_A_DAY = 20  # by the links of one customer; to withdraw is always possible


async def show_unsubscribe(request: web.Request) -> web.Response:
    delivery, customer = await _delivery(request, "unsubscribe")
    hub = request.app[HUB]
    withdrawn = await hub.store.read(find_consent, customer.id, delivery.kind, delivery.purpose) == WITHDRAWN
    return _page(
        request, customer, "public/unsubscribe.html", **_about(request, delivery), done=withdrawn, undone=False
    )


async def create_unsubscribe(request: web.Request) -> web.Response:
    """RFC 8058: the body List-Unsubscribe=One-Click is enough. The page's own buttons send the same, or undo=1."""
    delivery, customer = await _delivery(request, "unsubscribe")
    hub, form = request.app[HUB], await read_form(request)
    undo = form.get("undo") == "1"
    if form.get("List-Unsubscribe") != ONE_CLICK and not undo:
        raise web.HTTPBadRequest
    proof = _proof(request, delivery, customer, undo=undo, page="page" in form)
    if undo:
        await _count_change(request, customer.id)
    try:
        await hub.store.write(undo_unsubscribe if undo else unsubscribe, delivery, proof, hub.clock.now())
    except Conflict:
        undo = False
    hub.live.wake()
    values = {**_about(request, delivery), "done": not undo, "undone": undo}
    return _page(request, customer, "public/unsubscribe.html", **values)


def _proof(request: web.Request, delivery: Delivery, customer: Customer, *, undo: bool, page: bool) -> Proof:
    """With the words above the button and those on it, in the language they were read in."""
    _, ip = speaks(request, customer).gettext, client_ip(request)
    if undo:
        return Proof("undo of unsubscribe link", f"{_('You get no more of these messages.')} – {_('Undo')}", ip)
    if not page:
        return Proof("one-click", f"List-Unsubscribe={ONE_CLICK}", ip)
    about = {"purpose": _about(request, delivery)["purpose"] or request.app[HUB].settings.company.name}
    asked = _("Stop “%(purpose)s” to %(handle)s?") % {**about, "handle": masked(delivery)}
    return Proof("unsubscribe link", f"{asked} – {_('Unsubscribe')}", ip)


async def show_preferences(request: web.Request) -> web.Response:
    [customer_id] = await open_signed(request, "preferences", request.match_info["token"])
    preferences = await _found(request, get_preferences, customer_id)
    values = {"preferences": preferences, "saved": "saved" in request.query, "languages": LANGUAGES}
    values["archived"] = request.app[HUB].settings.advertising.archive
    return _page(request, preferences.customer, "public/preferences.html", **values)


async def update_preferences(request: web.Request) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    [customer_id] = await open_signed(request, "preferences", request.match_info["token"])
    preferences = await _found(request, get_preferences, customer_id)
    action = form.get("action")
    if action in ("pause", "resume"):
        await _turn(request, preferences.customer, resumes=action == "resume")
        raise web.HTTPSeeOther(f"{request.path}?saved", headers=QUIET)
    if action not in ("save", "stop"):  # an empty form would withdraw everything
        raise web.HTTPUnprocessableEntity
    stop = action == "stop"
    granted = set() if stop else {str(name) for name in form.getall("switch", [])}
    language = str(form.get("language", ""))
    wish = Wish(granted, "" if stop else str(form.get("preferred", "")), language if language in LANGUAGES else "")
    _ = speaks(request, preferences.customer).gettext
    wordings = {WITHDRAWN: _("I do not want these messages any more.")}
    wordings[f"{WITHDRAWN} {TRACKING}"] = _("Nobody shall see whether I open the messages or follow their links.")
    many = None
    try:
        await _count_change(request, preferences.customer.id)
        wordings[GRANTED] = _("I agree to receive these messages.")
        wordings[f"{GRANTED} {TRACKING}"] = _("You may see whether I open the messages and follow their links.")
    except TooManyTries as refused:
        many, wish = refused, wish.withdrawing()
    await hub.store.write(mark_preferences, customer_id, wish, wordings, client_ip(request), hub.clock.now())
    hub.live.wake()
    if many and not stop:
        raise many
    raise web.HTTPSeeOther(f"{request.path}?saved", headers=QUIET)


async def _turn(request: web.Request, customer: Customer, *, resumes: bool) -> None:
    """A pause begins or ends, with the words on the button."""
    hub, _ = request.app[HUB], speaks(request, customer).gettext
    if resumes:
        await _count_change(request, customer.id)
    wording = _("Undo: go on now") if resumes else _("Pause everything for 30 days")
    said = Proof(SOURCE, wording, client_ip(request))
    await hub.store.write(resume if resumes else pause, customer.id, said, hub.clock.now())
    hub.live.wake()


async def _count_change(request: web.Request, customer_id: str) -> None:
    """A link that somebody plays with does not fill the ledger. Raises TooManyTries."""
    await count(request, [Limit(f"changes {customer_id}", CHANGES_A_DAY, DAY)])


async def show_view(request: web.Request) -> web.Response:
    """The message as it was sent, in a sandbox of its own."""
    hub = request.app[HUB]
    delivery, _ = await _delivery(request, "view")
    html, text = await view_html(hub.store, words_of(hub), delivery)
    body = html or f'<!doctype html><meta charset="utf-8"><pre style="white-space:pre-wrap">{escape(text)}</pre>'
    headers = {**QUIET, "Content-Security-Policy": VIEW_CSP}
    return web.Response(text=body, content_type="text/html", headers=headers)


async def show_link(request: web.Request) -> web.Response:
    """Only to an address that stands in the campaign this very recipient was sent: /c/<number>-<token>."""
    hub = request.app[HUB]
    number, _, token = request.match_info["token"].partition("-")
    [id] = await open_signed(request, "link", token)
    delivery = await hub.store.read(find_delivery, id)
    if delivery is None or not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise web.HTTPNotFound
    if fetches_ahead(request):
        url = await hub.store.read(peek, delivery, int(number))
    else:
        key = hub.signer.key(KEY)
        url = await hub.store.write(
            click, Visit(delivery, int(number), hub.clock.now(), key, machine=is_machine(request))
        )
        hub.live.wake()
    if url is None:
        raise web.HTTPNotFound
    return web.Response(status=302, headers={**QUIET, "Location": location_of(url)})


async def show_picture(request: web.Request) -> web.Response:
    """The pixel of a mail whose reader agreed that we see it opened."""
    hub = request.app[HUB]
    [id] = await open_signed(request, LINK, request.match_info["token"])
    delivery = await hub.store.read(find_delivery, id)
    if delivery is None:
        raise web.HTTPNotFound
    if not fetches_ahead(request):
        machine = is_machine(request)
        await hub.store.write(partial(see_opened, machine=machine), delivery, hub.clock.now())
        hub.live.wake()
    return web.Response(body=PICTURE, content_type="image/gif", headers=QUIET)


async def _delivery(request: web.Request, purpose: str) -> tuple[Delivery, Customer]:
    [id] = await open_signed(request, purpose, request.match_info["token"])
    return await _found(request, _load, id)  # type: ignore[no-any-return]


def _load(conn: Connection, delivery_id: str) -> tuple[Delivery, Customer]:
    delivery = find_delivery(conn, delivery_id)
    if delivery is None:
        raise NotFound("there is no such delivery")
    return delivery, get_customer(conn, delivery.customer_id)


async def _found(request: web.Request, fn: Any, id: str) -> Any:
    try:
        return await request.app[HUB].store.read(fn, id)
    except NotFound as gone:
        raise web.HTTPNotFound from gone


def _about(request: web.Request, delivery: Delivery) -> Mapping[str, Any]:
    hub = request.app[HUB]
    preferences = f"/p/{hub.signer.sign('preferences', delivery.customer_id)}"
    test = bool(delivery.payload.get(TEST))
    purpose = delivery.payload.get("purpose", "") if test else delivery.purpose
    about = {"purpose": purpose, "kind": delivery.kind, "handle": masked(delivery), "test": test}
    return {**about, "preferences": preferences}


def masked(delivery: Delivery) -> str:
    """Enough for the owner to know it, too little for whoever finds the link."""
    local, at, domain = delivery.handle.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{delivery.handle[-3:]}"


def speaks(request: web.Request, customer: Customer) -> Speaker:
    """The customer's language, else the browser's; the time of day where they live."""
    say = speaker(request)
    zone = zone_of(customer.timezone) if customer.timezone else say.zone
    return replace(say, language=best_tag(customer.language, say.language), zone=zone)


def _page(request: web.Request, customer: Customer, name: str, **values: Any) -> web.Response:
    return render_public(request, speaks(request, customer), name, **values)


def render_public(
    request: web.Request,
    say: Speaker,
    name: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] = QUIET,
    **values: Any,
) -> web.Response:
    """A page for somebody who is not signed in: nothing on it runs, nothing is fetched, nobody frames it, and unless
    the headers say so nobody keeps it."""
    company = request.app[HUB].settings.company
    text = request.app[PAGES].render(say.language, name, say=say, company=company, path=request.path, **values)
    headers = {**headers, "Content-Security-Policy": PAGE_CSP}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
