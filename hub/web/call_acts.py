"""What an agent does with a call under way: hold, hand on, ask a colleague, pause the recording; and the wrap-up."""

from aiohttp import web
from sqlalchemy import Connection

from hub.call_log import get_call_message
from hub.clock import SECOND
from hub.context import Hub
from hub.errors import InvalidInput, NotFound
from hub.inbound.phones import read_phone
from hub.phone_calls.control import Hand, Target, checked
from hub.store.agents import get_agent, mark_ready
from hub.store.teams import get_team
from hub.telephony import PhoneChannel
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB

LONGEST = 600  # seconds that a wrap-up is made longer


async def hold(request: web.Request) -> web.Response:
    """`on`: 1 to hold, 0 to talk again."""
    [on] = await read_fields(request, "on")
    hand = await _hand(request)
    await (hand.hold() if on == "1" else hand.resume())
    return await _done(request, hand)


async def transfer(request: web.Request) -> web.Response:
    """`to`: agent:<id>, team:<id> or a number; `ask`: 1 to speak with them first."""
    hub, (to, ask) = request.app[HUB], await read_fields(request, "to", "ask")
    hand = await _hand(request)
    target = await hub.store.read(_target, to, hub.settings.company.country)
    if ask == "1" and target.team:
        raise InvalidInput("choose whom to ask: a team has no telephone", "to", "ask_somebody")
    await (hand.consult(target.phone) if ask == "1" else hand.transfer(target))
    return await _done(request, hand)


async def settle(request: web.Request) -> web.Response:
    """`how`: connect the customer with whoever was asked, or back."""
    [how] = await read_fields(request, "how")
    hand = await _hand(request)
    await (hand.connect() if how == "connect" else hand.take_back())
    return await _done(request, hand)


async def record(request: web.Request) -> web.Response:
    [on] = await read_fields(request, "on")
    hand = await _hand(request)
    await hand.record(on=on == "1")
    return await _done(request, hand)


async def ready(request: web.Request) -> web.Response:
    """`seconds` from now the next call may ring; 0 ends the wrap-up."""
    hub, (seconds,) = request.app[HUB], await read_fields(request, "seconds")
    if not (seconds.isascii() and seconds.isdigit() and int(seconds) <= LONGEST):
        raise InvalidInput(f"at most {LONGEST} seconds", "seconds")
    await hub.store.write(mark_ready, request[AGENT].id, hub.clock.now() + int(seconds) * SECOND)
    hub.live.wake()
    return web.Response(status=204)


async def _hand(request: web.Request) -> Hand:
    hub, id = request.app[HUB], conversation_id(request)
    channel = await _channel(hub, id)
    return Hand(hub.store, channel, id, request[AGENT].id, hub.clock.now())


async def _channel(hub: Hub, id: str) -> PhoneChannel:
    call = await hub.store.read(get_call_message, id)
    channel = hub.channels.get(call.channel)
    if not isinstance(channel, PhoneChannel):
        raise NotFound("the channel of this call is gone")
    return channel


def _target(conn: Connection, to: str, country: str) -> Target:
    kind, _, id = to.partition(":")
    if kind == "agent":
        return Target(checked(get_agent(conn, id).phone))
    if kind == "team":
        return Target(team=get_team(conn, id).name)
    return Target(read_phone(to, country))


async def _done(request: web.Request, hand: Hand) -> web.Response:
    hub = request.app[HUB]
    hub.live.wake()
    if request.headers.get("X-Quiet"):
        return web.Response(status=204)
    call = await hub.store.read(get_call_message, hand.message_id)
    raise back(call.conversation_id or "", "")
