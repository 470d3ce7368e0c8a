"""Conditions on what customers did find, on both engines, whom a reading of the data in plain Python finds: what they
wrote and were written, bought, clicked and answered, what became of them in sequences, how they rated us, and in
which class that puts them."""

from fractions import Fraction

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.clock import DAY
from hub.ids import new_id
from hub.store.audience import Audience, list_members
from hub.store.condition_tree import read_condition
from hub.store.customers import NewCustomer, add_customer
from hub.store.tables import (
    addresses,
    campaign_recipients,
    campaigns,
    conversations,
    customer_labels,
    customers,
    deliveries,
    labels,
    messages,
    orders,
    sequence_runs,
    sequences,
    step_messages,
    surveys,
)

NOW = 1_795_000_000_000
CAMPAIGNS = [new_id(), new_id()]
GOALS = {new_id(): goal for goal in ("", "clicked", "ordered", "replied", "label:it's 100%")}  # of sequences, by id
NOBODYS = "0" * 32
LABEL = new_id()
MARKS = {"click": "clicked_at", "reply": "replied_at", "unsubscribe": "unsubscribed_at"}
TYPES = ["email", "sms", "whatsapp", "webchat"]
ages = st.sampled_from([0, 1, 29, 30, 31, 89, 90, 91, 364, 365, 366, 800])  # in days
days = st.sampled_from([1, 30, 90, 365, 3650])
coins = st.sampled_from([0, 1, 999, 1000, 1001, 60_000])
person = st.fixed_dictionaries(
    {
        "said": st.lists(st.tuples(st.sampled_from(["in", "out", "note"]), st.sampled_from(TYPES), ages), max_size=3),
        "conversations": st.lists(st.none() | ages, max_size=3),
        "bought": st.lists(
            st.tuples(ages, coins, st.sampled_from(["EUR", "JPY"]), st.sampled_from(["open", "done", "cancelled"])),
            max_size=5,
        ),
        "reached": st.lists(
            st.tuples(st.sampled_from(TYPES), st.sampled_from(["ok", "unverified", "claimed", "bounced", "blocked"])),
            max_size=2,
            unique=True,
        ),
        "campaigns": st.dictionaries(
            st.sampled_from(CAMPAIGNS),
            st.dictionaries(st.sampled_from(["receive", *MARKS]), ages, max_size=3),
            max_size=2,
        ),
        "labelled": st.booleans(),
        "runs": st.dictionaries(
            st.sampled_from([*GOALS]),
            st.tuples(ages, st.sampled_from(["waiting", "done", "exited", "failed"]), ages, st.booleans()),
            max_size=2,
        ),
        "asked": st.lists(
            st.tuples(
                ages,
                st.sampled_from(["csat", "nps"]),
                st.sampled_from(["planned", "sent", "skipped"]),
                st.none() | st.integers(1, 5),
                st.sampled_from(["delivered", "failed"]),
            ),
            max_size=3,
        ),
    }
)
leaves = st.one_of(
    st.builds(
        lambda days, channel: {"op": "wrote", "days": days, "channel": channel},
        days,
        st.none() | st.sampled_from(TYPES),
    ),
    st.builds(lambda op, days: {"op": op, "days": days}, st.sampled_from(["written", "active", "silent"]), days),
    st.builds(lambda days: {"op": "last_order", "days": days}, days),
    st.builds(
        lambda days, times: {"op": "ordered", "days": days, "at_least": times}, st.none() | days, st.integers(1, 4)
    ),
    st.builds(
        lambda days, least, currency: {"op": "spent", "days": days, "at_least": least, "currency": currency},
        st.none() | days,
        st.sampled_from(["0", "0.01", "9.99", "10", "10.001", "1000", "600.5"]),
        st.sampled_from(["EUR", "JPY", "USD"]),
    ),
    st.builds(
        lambda name: {"op": "class", "name": name},
        st.sampled_from(["best", "regular", "new", "once", "fading", "former"]),
    ),
    st.builds(lambda kind: {"op": "reachable", "channel": kind}, st.sampled_from(TYPES)),
    st.builds(
        lambda id, did: {"op": "campaign", "id": id, "did": did},
        st.sampled_from([*CAMPAIGNS, NOBODYS]),
        st.sampled_from(["receive", *MARKS]),
    ),
    st.builds(
        lambda id, did: {"op": "sequence", "id": id, "did": did},
        st.sampled_from([*GOALS, NOBODYS]),
        st.sampled_from(["enter", "stay", "finish", "reply", "reach"]),
    ),
    st.builds(
        lambda kind, bound, score, days: {"op": "rated", "kind": kind, "bound": bound, "score": score, "days": days},
        st.sampled_from(["csat", "nps"]),
        st.sampled_from(["at_least", "at_most"]),
        st.integers(1, 5),
        st.none() | days,
    ),
    st.builds(lambda days: {"op": "unanswered", "days": days}, days),
)
trees = st.recursive(
    leaves,
    lambda below: (
        st.builds(lambda op, of: {"op": op, "of": of}, st.sampled_from(["and", "or"]), st.lists(below, max_size=3))
        | st.builds(lambda of: {"op": "not", "of": of}, below)
    ),
    max_leaves=4,
)


def holds(tree, one, everybody):
    op = tree["op"]
    if op in ("and", "or"):
        return (all if op == "and" else any)(holds(each, one, everybody) for each in tree["of"])
    if op == "not":
        return NOBODYS not in str(tree["of"]) and not holds(tree["of"], one, everybody)
    return DID[op](one, tree) if op != "class" else class_of(one, everybody) == tree["name"]


def within(age, days):
    return days is None or age <= days


def kept(one, days=None):
    """Orders that were not cancelled."""
    return [order for order in one["bought"] if order[3] != "cancelled" and within(order[0], days)]


def wrote(one, days, channel=None):
    return any(way == "in" and within(age, days) and channel in (None, type) for way, type, age in one["said"])


def spent(one, tree):
    least = Fraction(tree["at_least"]) * (1 if tree["currency"] == "JPY" else 100)
    return sum(total for _, total, currency, _ in kept(one, tree["days"]) if currency == tree["currency"]) >= least


def active(one, tree):
    clicked = any(within(marks["click"], tree["days"]) for marks in one["campaigns"].values() if "click" in marks)
    return clicked or bool(kept(one, tree["days"])) or wrote(one, tree["days"])


def silent(one, tree):
    heard = [order[0] for order in kept(one)] + [age for age in one["conversations"] if age is not None]
    return len(heard) >= 3 and min(heard) > tree["days"]


def class_of(one, everybody):
    """docs/value.md."""
    ages = [order[0] for order in kept(one)]
    if not ages:
        return None
    last, usual = min(ages), Fraction(max(ages) - min(ages), max(len(ages) - 1, 1))
    if last > 365:
        return "former"
    if len(ages) >= 3 and last > 30 and last > 2 * usual:
        return "fading"
    if len(ages) > 1:
        return "best" if is_best(one, everybody) else "regular"
    return "new" if last <= 90 else "once"


def is_best(one, everybody):
    """Of those who bought in a currency, the first fifth: a remainder makes the first fifths one larger."""
    for currency in {order[2] for order in kept(one)}:
        sums = [worth(each, currency) for each in everybody if any(order[2] == currency for order in kept(each))]
        first = sorted(sums, reverse=True)[: -(-len(sums) // 5)]
        if worth(one, currency) >= first[-1]:
            return True
    return False


def worth(one, currency):
    return sum(order[1] for order in kept(one) if order[2] == currency)


def was_reached(goal, one, run):
    """docs/campaigns.md: meanwhile is from when they came into it until 30 days after they left."""
    begun, state, left, clicked = run

    def meanwhile(age):
        return age < begun and (state == "waiting" or age > left - 30)

    return {
        "": False,
        "clicked": clicked,
        "ordered": any(meanwhile(order[0]) for order in kept(one)),
        "replied": any(way == "in" and meanwhile(age) for way, _, age in one["said"]),
    }.get(goal, one["labelled"])


def in_sequence(one, tree):
    run = one["runs"].get(tree["id"])
    if run is None or tree["did"] == "enter":
        return run is not None
    if tree["did"] in ("stay", "finish"):
        return run[1] == {"stay": "waiting", "finish": "done"}[tree["did"]]
    return was_reached("replied" if tree["did"] == "reply" else GOALS[tree["id"]], one, run)


def rated(one, tree):
    """An answer is given on the day of the question; of two of a day the one that was noted later is the last."""
    told = [(age, score) for age, kind, _, score, _ in one["asked"] if kind == tree["kind"] and score is not None]
    told = [(age, score) for age, score in told if within(age, tree["days"])]
    if not told:
        return False
    last = [score for age, score in told if age == min(told)[0]][-1]
    return last >= tree["score"] if tree["bound"] == "at_least" else last <= tree["score"]


def unanswered(one, tree):
    sent = [each for each in one["asked"] if each[2] == "sent" and (each[3] is not None or each[4] == "delivered")]
    last = [each for each in sent if each[0] == min(sent, key=lambda each: each[0])[0]][-1:]
    return any(each[3] is None and within(each[0], tree["days"]) for each in last)


DID = {
    "sequence": in_sequence,
    "rated": rated,
    "unanswered": unanswered,
    "wrote": lambda one, tree: wrote(one, tree["days"], tree["channel"]),
    "written": lambda one, tree: any(way == "out" and within(age, tree["days"]) for way, _, age in one["said"]),
    "active": active,
    "silent": silent,
    "last_order": lambda one, tree: bool(kept(one)) and min(order[0] for order in kept(one)) > tree["days"],
    "ordered": lambda one, tree: len(kept(one, tree["days"])) >= tree["at_least"],
    "spent": spent,
    "reachable": lambda one, tree: any(
        kind == tree["channel"] and state in ("ok", "unverified") for kind, state in one["reached"]
    ),
    "campaign": lambda one, tree: tree["did"] in one["campaigns"].get(tree["id"], {}),
}


TABLES = (  # that are filled, those in front that hang on others
    *(surveys, step_messages, sequence_runs, sequences, customer_labels, labels, campaign_recipients, campaigns),
    *(deliveries, messages, conversations, orders, addresses, customers),
)


@settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=st.lists(person, min_size=1, max_size=6), tree=trees)
async def test_a_condition_on_what_they_did_finds_whom_plain_python_finds(store, told, tree):
    def look(conn):
        for table in TABLES:
            conn.execute(table.delete())
        conn.execute(labels.insert(), {"id": LABEL, "name": "it's 100%", "created_at": NOW})
        for id, goal in GOALS.items():
            row = {"id": id, "name": "Follow", "goal": goal, "created_at": NOW, "changed_at": NOW}
            conn.execute(sequences.insert(), row)
        for id in CAMPAIGNS:
            conn.execute(campaigns.insert(), {"id": id, "name": "News", "created_at": NOW, "changed_at": NOW})
        ids = [_add(conn, one) for one in told]
        found = list_members(conn, Audience(condition=read_condition(tree)), NOW, None, 100)
        return [one for id, one in zip(ids, told, strict=True) if id in found]

    assert await store.write(look) == [one for one in told if holds(tree, one, told)]


def _add(conn, one):
    id = add_customer(conn, NewCustomer(name="Ada"), NOW)
    for way, type, age in one["said"]:
        at = NOW - age * DAY
        _write(conn, messages, id, direction=way, channel_type=type, channel=type, occurred_at=at, created_at=at)
    for age in one["conversations"]:
        heard = None if age is None else NOW - age * DAY
        _write(conn, conversations, id, last_message_at=NOW, last_inbound_at=heard)
    for age, total, currency, state in one["bought"]:
        row = {"total": total, "currency": currency, "state": state, "number": new_id(), "changed_at": NOW}
        _write(conn, orders, id, created_at=NOW - age * DAY, **row)
    for n, (kind, state) in enumerate(one["reached"]):
        _write(conn, addresses, id, kind=kind, handle=f"{id}-{n}", state=state)
    for campaign, marks in one["campaigns"].items():
        row = {MARKS[did]: NOW - age * DAY for did, age in marks.items() if did in MARKS}
        row |= {"delivery_id": new_id()} if "receive" in marks else {}
        conn.execute(campaign_recipients.insert(), {"campaign_id": campaign, "customer_id": id} | row)
    if one["labelled"]:
        conn.execute(customer_labels.insert(), {"customer_id": id, "label_id": LABEL})
    for sequence, run in one["runs"].items():
        _run(conn, id, sequence, run)
    for asked in one["asked"]:
        _ask(conn, id, asked)
    return id


def _run(conn, customer_id, sequence, run):
    begun, state, left, clicked = run
    id = new_id()
    row = {"id": id, "sequence_id": sequence, "trigger_id": new_id(), "state": state, "due_at": NOW}
    _write(conn, sequence_runs, customer_id, **row, created_at=NOW - begun * DAY, changed_at=NOW - left * DAY)
    sent = {"sequence_id": sequence, "run_id": id, "delivery_id": new_id(), "message_id": new_id()}
    _write(conn, step_messages, customer_id, **sent, clicked_at=NOW if clicked else None)


def _ask(conn, customer_id, asked):
    age, kind, state, score, fate = asked
    message_id, at = new_id(), NOW - age * DAY
    row = {"conversation_id": new_id(), "message_id": message_id, "kind": kind, "state": state, "score": score}
    row |= {"due_at": at, "sent_at": at if state == "sent" else None, "answered_at": None if score is None else at}
    _write(conn, surveys, customer_id, **row)
    told = {"channel": "mail", "channel_type": "email", "occurred_at": at}
    _write(conn, messages, customer_id, id=message_id, direction="note", **told)
    way = {
        "channel": "mail",
        "channel_type": "email",
        "kind": "email",
        "handle": "ada@example.com",
        "due_at": at,
        "give_up_at": at,
    }
    _write(conn, deliveries, customer_id, message_id=message_id, state=fate, changed_at=at, **way)


def _write(conn, table, customer_id, **values):
    row = {"id": new_id(), "customer_id": customer_id, "created_at": NOW} | values
    conn.execute(table.insert(), {name: value for name, value in row.items() if name in table.c})
