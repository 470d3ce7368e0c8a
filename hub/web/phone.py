"""The telephone of whoever is signed in: who rings, the call under way with its notes, and a browser as a telephone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import Connection

from hub.call_log import get_call_message, outcome_of
from hub.clock import HOUR, MINUTE, SECOND
from hub.context import Hub
from hub.errors import Conflict, NotFound, SendError
from hub.ids import is_id
from hub.inbound.calls import ENDED
from hub.model import DeliveryState, Direction
from hub.outbound.taking_back import cancel
from hub.phone_calls.control import end
from hub.reasons import NO_REASON, Reason
from hub.store.agents import Agent, find_ready, list_agents
from hub.store.calls import RINGS, STEPS, THIRD, THIRD_TALKS, free_from, list_call_notes, list_calls, list_late_calls
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import get_customer, list_customer_labels
from hub.store.deliveries import list_deliveries
from hub.store.gate import check_message
from hub.store.inbox import list_handles
from hub.store.messages import Message
from hub.store.teams import Team, list_teams
from hub.store.visibility import Visibility
from hub.telephony import PhoneChannel, is_seat
from hub.web.conversation_acts import back, conversation_id
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker

RINGING = 10 * MINUTE  # and no longer, should its end never be told
TALKS = 4 * HOUR
UNDER_WAY = ("talking", "dialling")
HISTORY = 3
LOST = (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Card:
    """state: ringing, dialling, talking, over, missed, or taken by a colleague, the `taker`. place: one of hub.desk;
    asked: the colleague who is asked, by name; rests_until: when the next call may ring; recording: "", on, paused."""

    state: str
    call: Message
    name: str
    labels: Sequence[str]
    history: Sequence[Conversation]
    since: int
    duration: int | None
    taker: str
    notes: str
    outcome: str
    why: Reason
    place: str = ""
    asked: str = ""
    asked_talks: bool = False
    rests_until: int = 0
    colleagues: Sequence[Agent] = ()
    teams: Sequence[Team] = ()
    recording: str = ""


async def show(request: web.Request) -> web.Response:
    """The card of one call (`?call=`), else of the one that rings or goes on; nothing where there is none."""
    hub, who, agent = request.app[HUB], request[VISIBILITY], request[AGENT]
    card = await hub.store.read(_find, hub, who, agent, request.query.get("call", ""))
    return render(request, "phone/card.html", card=card) if card else web.Response(content_type="text/html")


def _find(conn: Connection, hub: Hub, who: Visibility, agent: Agent, wanted: str) -> Card | None:
    now = hub.clock.now()
    if is_id(wanted):
        check_message(conn, who, wanted)
        call = get_call_message(conn, wanted)
        state = state_of(call, agent, now)
    else:
        late = [(one, state_of(one, agent, now)) for one in list_late_calls(conn, now - TALKS, who)]
        mine = [pair for pair in late if pair[1] in UNDER_WAY]
        rings = [pair for pair in late if pair[1] == "ringing" and not agent.away]
        if not (found := [*mine, *rings]):
            return None
        call, state = found[0]
    card = _card(conn, who, call, state) if state else None
    return _with_moves(conn, hub, agent, card, now) if card else None


def _with_moves(conn: Connection, hub: Hub, agent: Agent, card: Card, now: int) -> Card:
    """What can be done with the call, and after it."""
    facts, channel = list_calls(conn, [card.call.id]).get(card.call.id), hub.channels.get(card.call.channel)
    if facts is None or not isinstance(channel, PhoneChannel):
        return card
    if card.state == "over" and facts.ended_at:
        until = free_from(facts.ended_at, find_ready(conn, agent.id), channel.wrap_up * SECOND)
        return replace(card, rests_until=until if until > now else 0)
    if card.state != "talking" or call_is_asked(card.call, agent):
        return card
    others = [one for one in list_agents(conn) if one.active and one.phone and one.id != agent.id]
    steps = [step["what"] for step in card.call.parts.get(STEPS, ()) if step["what"].startswith("recording")]
    third = str(card.call.parts.get(THIRD, ""))
    return replace(
        card,
        place=str(facts.legs.get("place", "")) or "talking",
        asked=next((one.name for one in others if one.phone == third), third),
        asked_talks=bool(card.call.parts.get(THIRD_TALKS)),
        colleagues=others,
        teams=list_teams(conn),
        recording=("paused" if steps[-1:] == ["recording_paused"] else "on") if channel.records else "",
    )


def call_is_asked(call: Message, agent: Agent) -> bool:
    """Whether this agent is only asked about it."""
    return bool(agent.phone) and call.parts.get(THIRD) == agent.phone


def state_of(call: Message, agent: Agent, now: int) -> str:
    """What the call is to this agent; "" where it is nothing."""
    told, out = str(call.parts.get("state", "")), call.direction == Direction.OUT
    if told == "answered" and agent.phone and call.parts.get(THIRD) == agent.phone:
        return "talking" if call.parts.get(THIRD_TALKS) else "ringing"
    mine = call.author_id == agent.id if out else bool(agent.phone) and call.parts.get("agent") == agent.phone
    if told in ENDED:
        return "over" if mine else "" if out else "taken" if told == "completed" else "missed"
    if told == "answered":
        return ("talking" if call.occurred_at > now - TALKS else "over") if mine else "" if out else "taken"
    if call.occurred_at < now - RINGING:
        return "over" if mine else "" if out else "missed"
    elsewhere = RINGS in call.parts and agent.phone not in call.parts[RINGS]  # or nowhere: the caller waits
    return ("dialling" if mine else "") if out else "" if elsewhere else "ringing"


def _card(conn: Connection, who: Visibility, call: Message, state: str) -> Card:
    customer = get_customer(conn, call.customer_id)
    facts = list_calls(conn, [call.id]).get(call.id)
    delivery = next(iter(list_deliveries(conn, [call.id]).get(call.id, ())), None)
    if state == "dialling" and delivery and delivery.state in LOST:
        state = "over"
    agent_phone = str(call.parts.get("agent", ""))
    past = list_customer_conversations(conn, customer.id, HISTORY, who)
    return Card(
        state=state,
        call=call,
        name=customer.name or list_handles(conn, [customer.id]).get(customer.id, ""),
        labels=list_customer_labels(conn, [customer.id])[customer.id],
        history=[one for one in past if one.subject or one.last_preview != "ringing"],
        since=(facts.answered_at if facts and facts.answered_at and state == "talking" else None) or call.occurred_at,
        duration=facts.duration if facts else None,
        taker=next((one.name for one in list_agents(conn) if one.phone == agent_phone), "") if agent_phone else "",
        notes=list_call_notes(conn, [call]).get(call.id, ""),
        outcome=outcome_of(call) or ("reached" if state == "talking" else ""),
        why=delivery.why if delivery and state == "over" else NO_REASON,
    )


async def take_seat(request: web.Request) -> web.Response:
    """The token with which a browser registers as this agent's telephone; 409 with words where none is to be had."""
    hub, agent, _ = request.app[HUB], request[AGENT], speaker(request).gettext
    if not is_seat(agent.phone):
        return web.json_response({"problem": _("You take calls on a telephone of your own.")}, status=409)
    tokens = (one.seat_token(agent.id) for one in hub.channels.values() if isinstance(one, PhoneChannel))
    token = next(filter(None, tokens), "")
    if not token:
        problem = _("The phone channel has no key for browsers: api_key and api_secret are missing.")
        return web.json_response({"problem": problem}, status=409)
    return web.json_response({"token": token})


async def hang_up(request: web.Request) -> web.Response:
    """Ends a call for everybody; one that has not left is taken back."""
    hub, id = request.app[HUB], conversation_id(request)
    call = await hub.store.read(get_call_message, id)
    facts = (await hub.store.read(list_calls, [id])).get(id)
    channel = hub.channels.get(call.channel)
    if facts is None:
        await hub.store.write(cancel, id, hub.clock.now(), request[AGENT].id)
        hub.live.wake()
    elif isinstance(channel, PhoneChannel):
        try:
            await end(channel, facts)
        except SendError as refused:
            raise Conflict(str(refused)) from refused
    else:
        raise NotFound("the channel of this call is gone")
    if request.headers.get("X-Quiet"):
        return web.Response(status=204)
    raise back(call.conversation_id or "", "")
