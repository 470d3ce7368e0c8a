"""hub.outbound.plan: one place decides what leaves, when, for how long and under which headers."""

import pytest

from hub.channel import Capabilities
from hub.clock import DAY, HOUR, MINUTE, SECOND, FakeClock
from hub.context import Hub
from hub.inbound.at_once import accept_now
from hub.model import Address, DeliveryState, Lane
from hub.outbound.claim import claim_deliveries
from hub.outbound.compose import Reply
from hub.outbound.mail_headers import TEST, headers_of
from hub.outbound.outbox import queue_reply
from hub.outbound.plan import Dispatch, NotAllowed, may_leave, plan_for
from hub.outbound.verdicts import ASK_AGAIN, GO, LeaveRule, NotBefore, Refused
from hub.reasons import Why
from hub.signing import Signer
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_address
from hub.store.deliveries import Delivery, NewDelivery, get_delivery
from hub.store.standing import Standing, list_standings
from tests.pager import PagerChannel, PagerSettings, page

ADA, GRACE = "+4915112345678", "+4915112345679"
NOW = 1_795_000_000_000


def channel(kind: str = "sms", **able: object) -> PagerChannel:
    return PagerChannel(kind, PagerSettings(), None, kind, **able)  # type: ignore[arg-type]  # it sends nothing here


def dispatch(**more: object) -> Dispatch:
    values = {"channel": channel(), "customer_id": "c" * 32, "to": Address("sms", ADA), "lane": Lane.AGENT} | more
    return Dispatch(**values)  # type: ignore[arg-type]


def planned(standing: Standing = Standing(), **more: object) -> NewDelivery:  # noqa: B008 - frozen
    return plan_for(LeaveRule(may_leave), dispatch(**more), standing, NOW)


@pytest.mark.parametrize(
    ("standing", "purpose", "expected"),
    [
        (Standing(), "", GO),
        (Standing("ok"), "", GO),
        (Standing("unverified"), "", GO),
        (Standing("claimed"), "", Refused(Why.ADDRESS_CLAIMED)),
        (Standing("blocked", "STOP"), "", Refused(Why.ADDRESS_BLOCKED, detail="STOP")),
        (Standing("bounced"), "", Refused(Why.ADDRESS_BOUNCED)),
        (Standing("ok", consent=GRANTED), "news", GO),
        (Standing("ok", consent=WITHDRAWN), "news", Refused(Why.CONSENT_WITHDRAWN, DeliveryState.CANCELLED)),
        (Standing("ok"), "news", Refused(Why.NO_CONSENT, DeliveryState.CANCELLED)),
        (Standing("blocked", consent=GRANTED), "news", Refused(Why.ADDRESS_BLOCKED)),
    ],
)
def test_address_and_consent_decide_whether_it_may_leave(standing, purpose, expected):
    draft = planned()
    item = plan_for(LeaveRule(lambda *asked: GO), dispatch(purpose=purpose), standing, NOW)

    assert LeaveRule(may_leave)(item, standing, NOW) == expected
    assert draft.purpose == ""


@pytest.mark.parametrize(
    ("lane", "able", "lifetime"),
    [
        (Lane.AGENT, {}, 10 * HOUR),
        (Lane.AUTOMATIC, {}, 10 * HOUR),
        (Lane.CAMPAIGN, {}, 5 * DAY),
        (Lane.AGENT, {"lifetime": 15 * MINUTE}, 15 * MINUTE),
        (Lane.CAMPAIGN, {"lifetime": 30 * DAY}, 30 * DAY),
    ],
)
def test_lifetime_follows_the_channel_and_a_campaign_may_take_days(lane, able, lifetime):
    found = planned(Standing("ok", consent=GRANTED), lane=lane, purpose="news", channel=channel(**able))

    assert found.give_up_at - found.due_at == lifetime


@pytest.mark.parametrize(
    ("lane", "conversation", "payload", "leaves"),
    [
        (Lane.AGENT, "", {}, True),
        (Lane.AGENT, "closed", {}, True),
        (Lane.AUTOMATIC, "open", {}, True),
        (Lane.AUTOMATIC, "snoozed", {}, True),
        (Lane.AUTOMATIC, "closed", {}, False),
        (Lane.AUTOMATIC, "", {}, False),
        (Lane.AUTOMATIC, "", {TEST: True}, True),
        (Lane.CAMPAIGN, "", {}, False),
        (Lane.CAMPAIGN, "open", {}, False),
    ],
)
def test_without_a_purpose_only_an_answer_or_a_test_leaves(lane, conversation, payload, leaves):
    item = plan_for(LeaveRule(lambda *asked: GO), dispatch(lane=lane, payload=payload), Standing(), NOW)

    assert LeaveRule(may_leave)(item, Standing("ok", conversation=conversation), NOW) == (
        GO if leaves else Refused(Why.NO_PURPOSE)
    )


def test_what_is_due_later_is_held_and_lives_as_long_from_then():
    later = planned(not_before=NOW + DAY)

    assert (later.state, later.due_at, later.give_up_at) == ("held", NOW + DAY, NOW + DAY + 10 * HOUR)
    assert (planned(not_before=NOW - 1).state, planned().due_at) == ("queued", NOW)


def test_a_verdict_about_time_is_asked_for_the_moment_it_is_due():
    asked = []

    def only_later(item, standing, at):
        asked.append(at)
        return NotBefore(at + HOUR, "resting")

    put_off = plan_for(LeaveRule(only_later), dispatch(not_before=NOW + DAY), Standing(), NOW)

    assert asked == [NOW + DAY]
    assert (put_off.state, put_off.due_at) == ("held", NOW + DAY + HOUR)
    assert put_off.give_up_at == put_off.due_at + 10 * HOUR


def test_a_refusal_plans_nothing_and_says_why():
    with pytest.raises(NotAllowed, match="the address is bounced"):
        planned(Standing("bounced"))


def delivery(**more: object) -> Delivery:
    values = dict.fromkeys(Delivery.__dataclass_fields__) | {"id": "d" * 32, "kind": "email", "lane": 0, "payload": {}}
    return Delivery(**values | {"purpose": ""} | more)


ONE_CLICK = {"List-Unsubscribe", "List-Unsubscribe-Post"}


@pytest.mark.parametrize(
    ("row", "names", "auto"),
    [
        ({}, set(), None),
        ({"kind": "sms", "lane": 2, "purpose": "news", "campaign_id": "c"}, set(), None),
        ({"lane": 1, "conversation_id": "c"}, {"Auto-Submitted", "X-Auto-Response-Suppress"}, "auto-replied"),
        ({"lane": 1}, {"Auto-Submitted", "X-Auto-Response-Suppress"}, "auto-generated"),
        (
            {"lane": 1, "purpose": "news"},
            {"Auto-Submitted", "X-Auto-Response-Suppress"} | ONE_CLICK,
            "auto-generated",
        ),
        (
            {"lane": 2, "purpose": "news", "campaign_id": "c"},
            {"Precedence", "X-Auto-Response-Suppress"} | ONE_CLICK,
            None,
        ),
        ({"lane": 1, "payload": {TEST: True}}, {"Precedence", "X-Auto-Response-Suppress"} | ONE_CLICK, None),
        ({"lane": 0, "purpose": "news"}, ONE_CLICK, None),
    ],
)
def test_a_mail_says_why_it_comes_and_how_to_end_it(row, names, auto):
    headers = headers_of(Signer(b"s" * 32), "https://hub.example", delivery(**row))

    assert set(headers) == names
    assert headers.get("Auto-Submitted") == auto
    assert ("List-Unsubscribe" not in names) or headers["List-Unsubscribe"].startswith("<https://hub.example/u/")


async def test_standings_of_many_are_told_in_their_order(hub: Hub, clock: FakeClock) -> None:
    def fill(conn):
        ids = []
        for name, zone in (("Ada", "Europe/Berlin"), ("Grace", ""), ("Alan", "Asia/Tokyo")):
            id = add_customer(conn, NewCustomer(name=name, timezone=zone), 1)
            for kind in ("sms", "whatsapp"):
                add_address(conn, id, Address(kind, f"+49151000{len(ids)}"), verified=True, at=1)
            append_consent(conn, id, Consent("sms", "news", GRANTED), 1)
            ids.append(id)
        append_consent(conn, ids[1], Consent("sms", "news", WITHDRAWN), 2)
        mark_address(conn, ids[2], Address("whatsapp", "+491510002"), "bounced", "no such number")
        return ids

    ada, grace, alan = await hub.store.write(fill)
    wanted = [
        planned_to(alan, "whatsapp", "+491510002"),
        planned_to(ada, "sms", "+491510000", "news"),
        planned_to(grace, "sms", "+491510001", "news"),
        planned_to(ada, "sms", "+491510000", "offers"),
        planned_to(ada, "sms", "+4999"),
        planned_to("f" * 32, "sms", "+491510000"),
    ]

    assert await hub.store.read(list_standings, wanted) == [
        Standing("bounced", "no such number", "", "Asia/Tokyo"),
        Standing("ok", "", GRANTED, "Europe/Berlin"),
        Standing("ok", "", WITHDRAWN, ""),
        Standing("ok", "", "", "Europe/Berlin"),
        Standing("", "", "", "Europe/Berlin"),
        Standing(),
    ]
    assert await hub.store.read(list_standings, []) == []


def planned_to(customer_id: str, kind: str, handle: str, purpose: str = "") -> NewDelivery:
    what = dispatch(customer_id=customer_id, to=Address(kind, handle), purpose=purpose)
    return plan_for(LeaveRule(lambda *asked: GO), what, Standing(), NOW)


async def test_what_is_put_off_at_the_claim_waits_without_growing_older(hub: Hub, clock: FakeClock) -> None:
    asked = await accept_now(hub.reader, hub.channels["texts"], page(**{"from": ADA, "id": "m1", "text": "Hello?"}))
    reply = Reply(text="Here it is.")
    queued = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, clock.now())
    before = await hub.store.read(get_delivery, queued.delivery_id)
    morning = clock.now() + 8 * HOUR

    def at_night(item, standing, at):
        return NotBefore(morning, "night") if at < morning else may_leave(item, standing, at)

    claim = await hub.store.write(claim_deliveries, LeaveRule(at_night), "texts", hub.process_id, clock.now(), 10)
    held = await hub.store.read(get_delivery, queued.delivery_id)
    assert (claim.leased, claim.others) == ([], 1)
    assert (held.state, held.reason, held.due_at, held.attempts) == ("held", "night", morning, 0)
    assert held.give_up_at == before.give_up_at + 8 * HOUR

    clock.forward(8 * HOUR - SECOND)
    claim = await hub.store.write(claim_deliveries, LeaveRule(at_night), "texts", hub.process_id, clock.now(), 10)
    assert (claim.leased, claim.others) == ([], 0)

    clock.forward(SECOND)
    claim = await hub.store.write(claim_deliveries, LeaveRule(at_night), "texts", hub.process_id, clock.now(), 10)
    assert [item.id for item in claim.leased] == [queued.delivery_id]


@pytest.mark.parametrize(
    ("known", "company", "seen"),
    [("Asia/Tokyo", ("Europe/Berlin",), "Asia/Tokyo"), ("", ("Europe/Berlin",), "Europe/Berlin"), ("", (), "UTC")],
)
def test_a_rule_always_sees_a_time_zone(known, company, seen):
    zones = []
    rule = LeaveRule(lambda item, standing, at: zones.append(standing.timezone) or GO, *company)
    plan_for(rule, dispatch(), Standing(timezone=known), NOW)

    assert zones == [seen]


def raises(item):
    raise KeyError(item.handle)


BROKEN_RULES = {
    "it raises": raises,
    "it forgets to answer": lambda item: None,
    "it answers yes": lambda item: True,
    "it names no instant": lambda item: NotBefore(1.5, "night"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("broken", BROKEN_RULES.values(), ids=BROKEN_RULES)
async def test_a_rule_that_breaks_holds_up_nothing_but_what_it_was_asked_about(
    hub: Hub, clock: FakeClock, caplog, broken
) -> None:
    queued = {}
    for handle in (ADA, GRACE):
        said = page(**{"from": handle, "id": handle, "text": "Hello?"})
        asked = await accept_now(hub.reader, hub.channels["texts"], said)
        reply = Reply(text="Here it is.")
        written = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, clock.now())
        queued[handle] = written.delivery_id

    rule = LeaveRule(lambda item, standing, at: broken(item) if item.handle == ADA else GO)
    claim = await hub.store.write(claim_deliveries, rule, "texts", hub.process_id, clock.now(), 10)
    assert ([item.id for item in claim.leased], claim.others) == ([queued[GRACE]], 1)
    held = await hub.store.read(get_delivery, queued[ADA])
    assert (held.state, held.due_at) == ("held", clock.now() + ASK_AGAIN)
    assert held.reason == Why.RULE_BROKE
    assert f"the rule broke, held: delivery {held.id} over texts" in caplog.text

    clock.forward(ASK_AGAIN)
    claim = await hub.store.write(claim_deliveries, LeaveRule(may_leave), "texts", hub.process_id, clock.now(), 10)
    assert [item.id for item in claim.leased] == [queued[ADA]]


async def test_a_rule_that_names_the_past_holds_nothing_up(hub: Hub, clock: FakeClock) -> None:
    asked = await accept_now(hub.reader, hub.channels["texts"], page(**{"from": ADA, "id": "m1", "text": "Hello?"}))
    reply = Reply(text="Here it is.")
    queued = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, clock.now())

    def confused(item, standing, at):
        return NotBefore(at, "now")

    claim = await hub.store.write(claim_deliveries, LeaveRule(confused), "texts", hub.process_id, clock.now(), 10)
    assert [item.id for item in claim.leased] == [queued.delivery_id]


def test_every_channel_says_how_long_a_message_is_worth_sending():
    assert Capabilities().lifetime == 10 * HOUR
