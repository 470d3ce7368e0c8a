"""Segments in the browser: built from rows, read out, counted, frozen, sent to and taken out."""

import csv
import io
import re

import aiohttp
import pytest
from babel import Locale

from hub.model import Address, Role
from hub.store.agents import list_agents, mark_agent
from hub.store.audience import Audience
from hub.store.audit import list_audit
from hub.store.campaigns import add_campaign, get_campaign, mark_campaign
from hub.store.condition_tree import read_condition
from hub.store.consents import Consent, append_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer_labels
from hub.store.segments import add_frozen, add_segment, get_segment, list_segments
from hub.web.segment_forms import HOWS, Row, tree_of
from hub.web.segment_rows import rows_of
from tests.web.browser import HIDDEN
from tests.web.two_teams import found_teams

EVERYBODY = {"op": "and", "of": []}
VIP = {"op": "label", "name": "vip"}


async def people(hub, *names, labels=(), fields=None):
    def add(conn):
        ids = []
        for name in names:
            id = add_customer(conn, NewCustomer(name=name, language="de", fields=fields or {}), 1)
            mark_customer_labels(conn, id, list(labels), 1)
            add_address(conn, id, Address("email", f"{name.lower()}@example.com"), verified=True, at=1)
            ids.append(id)
        return ids

    return await hub.store.write(add)


def row(kind, how="", *, name="", value="", more="", group=0):
    return [
        ("c_kind", kind),
        ("c_how", how),
        ("c_name", name),
        ("c_value", value),
        ("c_more", more),
        ("c_group", group),
    ]


def form(*rows, name="VIP", match="and", **more):
    return [("name", name), ("match", match), *more.items(), *(pair for one in rows for pair in one)]


async def press(visitor, path, pairs, language="en"):
    """The button of a form in which names repeat."""
    _, page = await visitor.get("/settings")
    data = aiohttp.FormData([("csrf", HIDDEN.search(page)[1]), *((name, str(value)) for name, value in pairs)])
    return await visitor.answer("POST", path, data=data, headers={"Accept-Language": language})


async def shown(visitor, *pairs, language="en"):
    return await (await press(visitor, "/segments/draft", [*pairs], language)).text()


async def segment_of(hub):
    [segment] = await hub.store.read(list_segments)
    return segment


TREES = [
    EVERYBODY,
    {"op": "or", "of": [VIP, {"op": "is", "field": "name", "value": "Ada"}]},
    {"op": "and", "of": [{"op": "not", "of": VIP}, {"op": "is_set", "field": "fields.Straße 5"}]},
    {"op": "and", "of": [{"op": "greater", "field": "fields.seats", "value": 1234.5}, VIP]},
    {"op": "and", "of": [{"op": "is", "field": "fields.zip", "value": "01099"}]},
    {"op": "and", "of": [VIP, {"op": "or", "of": [{"op": "reachable", "channel": "sms"}, {"op": "not", "of": VIP}]}]},
    {"op": "and", "of": [{"op": "consent", "purpose": "news", "channel": "email", "state": "withdrawn"}]},
    {
        "op": "and",
        "of": [{"op": "not", "of": {"op": "consent", "purpose": "news", "channel": None, "state": "granted"}}],
    },
    {"op": "and", "of": [{"op": "wrote", "days": 30, "channel": "sms"}, {"op": "written", "days": 9}]},
    {"op": "and", "of": [{"op": "not", "of": {"op": "active", "days": 90}}, {"op": "ordered", "days": None}]},
    {"op": "and", "of": [{"op": "ordered", "days": 90, "at_least": 3}, {"op": "class", "name": "fading"}]},
    {"op": "and", "of": [{"op": "silent", "days": 60}, {"op": "not", "of": {"op": "last_order", "days": 365}}]},
    {"op": "and", "of": [{"op": "spent", "at_least": "1234.5", "currency": "EUR", "days": 365}]},
    {"op": "and", "of": [{"op": "not", "of": {"op": "campaign", "id": "a" * 32, "did": "click"}}]},
    {"op": "and", "of": [{"op": "not", "of": {"op": "sequence", "id": "c" * 32, "did": "reach"}}]},
    {"op": "or", "of": [{"op": "sequence", "id": "c" * 32, "did": "stay"}, {"op": "unanswered", "days": 30}]},
    {"op": "and", "of": [{"op": "rated", "kind": "nps", "bound": "at_most", "score": 6, "days": 90}]},
    {"op": "and", "of": [{"op": "rated", "kind": "csat", "bound": "at_least", "score": 4, "days": None}]},
    {"op": "and", "of": [{"op": "is", "field": "fields.form_of_address", "value": "informal"}]},
    {"op": "and", "of": [{"op": "not", "of": {"op": "is", "field": "fields.form_of_address", "value": "formal"}}]},
    {"op": "and", "of": [{"op": "not", "of": {"op": "is_not_set", "field": "fields.form_of_address"}}]},
    {"op": "and", "of": [{"op": "listed", "id": "b" * 32}, {"op": "is", "field": "preferred_channel", "value": "sms"}]},
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("tree", TREES, ids=str)
def test_what_rows_show_becomes_the_same_tree_again(tree, language):
    locale = Locale.parse({"en": "en_GB", "de": "de_DE"}[language])
    point = "," if language == "de" else "."
    found = rows_of(read_condition(tree), lambda amount: amount.replace(".", point))
    assert found
    again, rows = tree_of(found[1], found[0], locale)

    assert not [one.problem for one in rows if one.problem]
    assert read_condition(again) == read_condition(tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"op": "not", "of": EVERYBODY},
        {"op": "and", "of": [{"op": "and", "of": [VIP, VIP]}]},
        {"op": "and", "of": [{"op": "or", "of": [{"op": "and", "of": [VIP]}, VIP]}]},
        {"op": "and", "of": [{"op": "is", "field": "fields.vip", "value": True}]},
        {"op": "and", "of": [{"op": "not", "of": {"op": "not", "of": VIP}}]},
    ],
    ids=str,
)
async def test_a_tree_of_another_shape_is_read_out_and_kept(hub, signed_in, tree):
    segment = await hub.store.write(add_segment, "Odd", tree, 1)
    visitor = await signed_in(Role.OWNER)
    _, page = await visitor.get(f"/segments/{segment.id}")
    assert "made by a program" in page
    await press(visitor, f"/segments/{segment.id}", form(name="Odd ones"))

    assert (await hub.store.read(get_segment, segment.id)).condition == tree
    assert (await hub.store.read(get_segment, segment.id)).name == "Odd ones"


async def test_segment_is_built_row_by_row_without_script(hub, signed_in):
    await people(hub, "Ada", "Grace", labels=["vip"])
    await people(hub, "Emmy")
    visitor = await signed_in(Role.SALES)
    _, page = await visitor.get("/segments/new")
    assert "everybody is in it" in page
    page = await shown(visitor, *form(add_0="label", action="add:0"))
    assert 'name="c_value"' in page
    assert "Something is missing" not in page
    page = await shown(visitor, *form(row("label", "yes", value="vip")))
    assert "who carry the label “vip”" in page
    assert re.search(r"<b class=\"big num\">2</b>", page)
    assert "Ada" in page
    assert "Emmy" not in page
    page = await shown(visitor, *form(row("label", "yes", value="vip"), action="remove:0"))
    assert re.search(r"<b class=\"big num\">3</b>", page)
    answer = await press(visitor, "/segments", form(row("label", "yes", value="vip")))

    segment = await segment_of(hub)
    assert answer.headers["Location"] == f"/segments/{segment.id}"
    assert (segment.name, segment.members) == ("VIP", 2)
    _, page = await visitor.get("/segments")
    assert "who carry the label “vip”" in page


async def test_what_is_wrong_stands_at_its_row_and_nothing_typed_is_lost(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    wrong = [
        row("wrote", "yes", value="soon"),
        row("label", "yes"),
        row("spent", "yes", name="EURO", value="5"),
        row("own", "is", name="a" * 65, value="kept"),
    ]
    answer = await press(visitor, "/segments", form(*wrong))
    page = await answer.text()

    assert answer.status == 422
    problems = re.findall(r'<p class="field-problem".*?<span>(.*?)</span>', page)
    assert problems == [
        "Give a number of days from 1 to 3650.",
        "Something is missing here.",
        "A currency has three letters, like EUR.",
        "That cannot be asked.",
    ]
    assert all(f'value="{word}"' in page for word in ("soon", "EURO", "kept"))
    assert await hub.store.read(list_segments) == []


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("20.000,00", "de", 20000),
        ("20,000.00", "en", 20000),
        ("20.000,00", "en", None),
        ("20,000.00", "de", None),
        ("1.2.3.4", "de", None),
        ("31.02.1970", "de", None),
        ("3.5.1984", "de", "1984-05-03"),
        ("03/05/1984", "en_GB", "1984-05-03"),
        ("3/5/1984", "en_US", "1984-03-05"),
        ("1984-05-03", "de", "1984-05-03"),
        ("gold", "de", "gold"),
        ("007", "de", "007"),
    ],
)
def test_greater_and_less_take_a_number_or_a_day_as_the_reader_writes_it(written, language, read):
    for how in ("greater", "less"):
        tree, [told] = tree_of([Row("own", how, "revenue", written)], "and", Locale.parse(language))

        assert [leaf["value"] for leaf in tree["of"]] == ([] if read is None else [read])
        assert told.problem == ("no_amount_or_day" if read is None else "")


async def test_groups_hold_together_the_other_way_round(hub, signed_in):
    visitor = await signed_in(Role.OWNER)
    rows = [
        row("label", "yes", value="a"),
        row("label", "yes", value="b", group=1),
        row("label", "no", value="c", group=1),
    ]
    await press(visitor, "/segments", form(*rows))

    assert (await segment_of(hub)).condition["of"] == [
        {"op": "label", "name": "a"},
        {"op": "or", "of": [{"op": "label", "name": "b"}, {"op": "not", "of": {"op": "label", "name": "c"}}]},
    ]


async def test_every_condition_is_read_out_in_both_languages(hub, signed_in):
    values = {"wrote": "30", "written": "1", "active": "1000", "ordered": "5", "spent": "12", "campaign": "c" * 32}
    values |= {"listed": "d" * 32, "reach": "sms", "prefers": "email", "class": "fading"}
    values |= {"last_order": "90", "silent": "60", "sequence": "e" * 32, "rated": "5", "unanswered": "7"}
    names = {"field": "language", "rated": "csat"}
    rows = [
        row(kind, how, name=names.get(kind, "EUR"), value=values.get(kind, "de"))
        for kind, hows in HOWS.items()
        for how in hows
    ]
    visitor = await signed_in(Role.OWNER)
    for language, words in (
        ("en", ("whose language is “German”", "in the last 1,000 days", "€12.00", "answer in the sequence “(gone)”")),
        ("de", ("Deutsch", "Zufriedenheit 5 von 5 oder mehr")),
    ):
        for some in (rows[:25], rows[25:]):
            page = await shown(visitor, *form(*some), language=language)
            sentence = re.search(r'<p id="words-of-it">(.*?)</p>', page)
            assert sentence
            assert "field-problem" not in page
            words = [word for word in words if word not in sentence[1]]
        assert not words


async def test_who_did_not_agree_is_counted_and_listed(hub, signed_in):
    ada, grace = await people(hub, "Ada", "Grace", labels=["vip"])
    [emmy] = await people(hub, "Emmy")
    for id in (ada, emmy):
        await hub.store.write(append_consent, id, Consent("email", "news", "granted"), 1)
    segment = await hub.store.write(add_segment, "VIP", VIP, 1)
    visitor = await signed_in(Role.OWNER)
    _, page = await visitor.get(f"/segments/{segment.id}")
    assert "1 of them has not agreed to “news”" in page
    _, page = await visitor.get(f"/customers?segment={segment.id}&without=news")

    assert f"/customers/{grace}" in page
    assert f"/customers/{ada}" not in page
    assert f"/customers/{emmy}" not in page


async def test_campaign_goes_to_the_segment_and_keeps_it_as_it_is(hub, signed_in):
    segment = await hub.store.write(add_segment, "VIP", VIP, 1)
    visitor = await signed_in(Role.MARKETING)
    customer = await hub.store.write(add_customer, NewCustomer("Ada"), 1)
    await hub.store.write(append_consent, customer, Consent("email", "news", "granted", "test"), 1)
    answer = await visitor.post(f"/segments/{segment.id}/campaign", {})
    id = answer.headers["Location"].rpartition("/")[2]
    assert (await hub.store.read(get_campaign, id)).audience == {"segment": segment.id}
    assert (await hub.store.read(get_campaign, id)).purpose == "news"  # the only one anybody agreed to
    await hub.store.write(mark_campaign, id, 1, ("draft",), state="scheduled")

    assert (await press(visitor, f"/segments/{segment.id}", form(row("label", "yes", value="all")))).status == 409
    assert (await visitor.post(f"/segments/{segment.id}/removal", {})).status == 409
    assert (
        await press(visitor, f"/segments/{segment.id}", form(row("label", "yes", value="vip"), name="V"))
    ).status == 303
    assert await hub.store.read(get_segment, segment.id)


async def test_frozen_copy_keeps_its_people_and_its_conditions(hub, signed_in):
    [ada] = await people(hub, "Ada", labels=["vip"])
    segment = await hub.store.write(add_segment, "VIP", VIP, 1)
    visitor = await signed_in(Role.OWNER)
    answer = await visitor.post(f"/segments/{segment.id}/copy", {})
    await hub.store.write(mark_customer_labels, ada, [], 2)
    frozen = answer.headers["Location"]
    _, page = await visitor.get(frozen)
    assert "Frozen on" in page
    assert "Ada" in page
    await press(visitor, frozen, form(row("label", "yes", value="x"), name="Then"))
    kept = await hub.store.read(get_segment, frozen.rpartition("/")[2])
    assert (kept.name, kept.members, kept.condition["op"]) == ("Then", 1, "listed")
    await visitor.post(f"{frozen}/removal", {})
    assert [one.id for one in await hub.store.read(list_segments)] == [segment.id]


async def test_segment_that_another_one_asks_for_is_not_deleted(hub, signed_in):
    frozen = await hub.store.write(add_frozen, "Then", Audience(condition=read_condition(EVERYBODY)), 1)
    others = {"op": "and", "of": [{"op": "not", "of": {"op": "listed", "id": frozen.id}}]}
    other = await hub.store.write(add_segment, "Not then", others, 1)
    visitor = await signed_in(Role.OWNER)
    refused = await visitor.post(f"/segments/{frozen.id}/removal", {})

    assert refused.status == 409
    assert "Another segment asks who stood in this one." in await refused.text()
    assert (await visitor.post(f"/segments/{other.id}/removal", {})).status == 303
    assert (await visitor.post(f"/segments/{frozen.id}/removal", {})).status == 303


async def test_table_of_a_segment_holds_its_people_and_runs_nothing(hub, signed_in):
    await people(hub, "Ada", "=1+1", labels=["vip"], fields={"plan": "gold", "note": "@x"})
    await people(hub, "Emmy")
    segment = await hub.store.write(add_segment, "VIP", VIP, 1)
    visitor = await signed_in(Role.SALES)
    answer = await visitor.post(f"/segments/{segment.id}/export", {})
    rows = list(csv.DictReader(io.StringIO(await answer.text(encoding="utf-8-sig"))))

    assert [one["name"] for one in rows] == ["Ada", "'=1+1"]
    assert [one["field:note"] for one in rows] == ["'@x", "'@x"]
    assert ("exported", segment.id) in [(one.deed, one.about) for one in await hub.store.read(list_audit)]


async def test_whoever_sees_some_teams_only_gets_no_stranger_as_sample_list_or_table(hub, says, signed_in):
    two = await found_teams(hub, says)
    segment = await hub.store.write(add_segment, "All", EVERYBODY, 1)
    frozen = await hub.store.write(add_frozen, "Then", Audience(condition=read_condition(EVERYBODY)), 1)
    visitor = await signed_in(Role.SALES)
    for id in (segment.id, frozen.id):
        for path in (f"/segments/{id}", f"/customers?segment={id}"):
            _, page = await visitor.get(path)
            assert two.customer not in page
        answer = await visitor.post(f"/segments/{id}/export", {})
        assert two.customer not in await answer.text()


@pytest.mark.parametrize("role", [Role.AGENT, Role.READ_ONLY])
async def test_who_may_not_build_segments_looks_at_them(hub, signed_in, role):
    segment = await hub.store.write(add_segment, "VIP", VIP, 1)
    visitor = await signed_in(role)
    _, page = await visitor.get(f"/segments/{segment.id}")
    assert "Save" not in page
    assert (await press(visitor, "/segments/draft", form())).status == 403
    for path in ("", "/removal", "/copy", "/campaign", "/export"):
        assert (await press(visitor, f"/segments/{segment.id}{path}", form())).status == 403


async def test_campaign_without_a_name_of_a_segment_that_is_gone_says_so(hub, signed_in):
    gone = {"op": "campaign", "id": "c" * 32, "did": "click"}
    segment = await hub.store.write(add_segment, "Old", gone, 1)
    draft = await hub.store.write(add_campaign, {"name": "Now", "channel": "email", "template": {}, "audience": {}}, 1)
    visitor = await signed_in(Role.OWNER)
    _, page = await visitor.get(f"/segments/{segment.id}")

    assert "who clicked in “(gone)”" in page
    assert draft.id not in page


async def test_table_breaks_off_when_whoever_takes_it_may_not_any_more(hub, signed_in):
    await people(hub, *map(str, range(200)), fields={"note": "x" * 100_000})
    segment = await hub.store.write(add_segment, "All", EVERYBODY, 1)
    visitor = await signed_in(Role.SALES)
    _, page = await visitor.get(f"/segments/{segment.id}")
    data, path = {"csrf": HIDDEN.search(page)[1]}, f"{visitor.base}/segments/{segment.id}/export"
    async with visitor.session.post(path, data=data) as answer:  # 20 MB, which wait for whoever reads them
        await answer.content.readexactly(100)
        [agent] = await hub.store.read(list_agents)
        await hub.store.write(mark_agent, agent.id, role=Role.READ_ONLY)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert ("exported", segment.id) in [(one.deed, one.about) for one in await hub.store.read(list_audit)]


async def test_table_that_was_begun_stands_in_the_audit_log_though_whoever_takes_it_hangs_up(hub, signed_in):
    await people(hub, *map(str, range(200)), fields={"note": "x" * 100_000})
    segment = await hub.store.write(add_segment, "All", EVERYBODY, 1)
    visitor = await signed_in(Role.SALES)
    _, page = await visitor.get(f"/segments/{segment.id}")
    data, path = {"csrf": HIDDEN.search(page)[1]}, f"{visitor.base}/segments/{segment.id}/export"
    answer = await visitor.session.post(path, data=data)
    await answer.content.readexactly(100)
    assert ("exported", segment.id) in [(one.deed, one.about) for one in await hub.store.read(list_audit)]
    answer.close()
