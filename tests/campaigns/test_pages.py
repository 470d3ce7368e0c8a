"""/campaigns, /templates, /sequences in a browser without JavaScript: from an empty list to a sent campaign."""

import csv
import re
from collections import Counter
from html import unescape
from io import StringIO

import pytest

from hub.model import Role
from hub.sequences import lifecycle
from hub.sequences.hooking import secret_of, tell_due
from hub.sequences.starting import add_customers
from hub.store.audit import list_audit
from hub.store.campaigns import get_campaign, list_campaigns
from hub.store.condition_tree import read_condition
from hub.store.segments import add_segment
from hub.store.sequences import get_sequence, list_runs
from hub.store.tasks import TaskFilter, list_tasks
from tests.campaigns.conftest import Recorder

FOLLOW_UP = {"name": "Follow up", "trigger": {"event": "added", "after": "0s"}, "exits": []}
PAGES = ("/campaigns", "/templates", "/sequences")
FORM = {
    "name": "November",
    "purpose": "news",
    "channel": "mail",
    "labels": "all",
    "subject": "Hi {{ customer.name }}",
    "html": "<p>Dear {{ customer.first_name }}</p>",
    "track_links": "yes",
}


async def press(visitor, page, path, form, status=303):
    answer = await visitor.post(path, form, page=page)
    assert answer.status == status, path
    return answer.headers.get("Location", "")


async def test_a_campaign_is_made_previewed_tested_and_sent_without_javascript(world, visit):
    ada = await world.customer("Ada Lovelace", email="ada@example.com")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    shown = await press(max, here, here, FORM | {"action": "save", "as": ada})
    _, editor = await max.get(shown)
    await press(max, here, here, FORM | {"action": "test", "as": ada}, 200)
    sheet = await press(max, here, here, FORM | {"action": "send"})
    _, question = await max.get(sheet)
    report = await press(max, sheet, f"{here}/send", {"when": "now"})
    await world.expand()
    await world.send()
    await world.expand()
    _, done = await max.get(report)
    _, listed = await max.get("/campaigns")

    assert "Dear Ada" in editor
    assert "Nothing is missing." in editor
    assert "Send to 1 person" in question
    assert sorted(mail.subject for mail in world.channels["mail"].sent) == ["Hi Ada Lovelace", "[Test] Hi Ada Lovelace"]
    assert "ada@example.com" in done
    assert "November" in listed


async def test_the_live_preview_shows_the_form_as_it_stands_and_saves_nothing(world, visit):
    ada = await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    answer = await max.post(f"{here}/preview", FORM | {"html": "<b>{{ customer.name }}</b>", "as": ada}, page=here)
    broken = await max.post(f"{here}/preview", FORM | {"html": "\n{{ customer.nmae }}"}, page=here)
    [saved] = await world.read(list_campaigns)

    assert "&lt;b&gt;Ada Lovelace&lt;/b&gt;" in await answer.text()
    assert "did you mean" in await broken.text()
    assert "email.html:2" in await broken.text()
    assert saved.template == {}


@pytest.mark.parametrize(
    ("said", "spot"),
    [
        ({"html": "{{ customer.nmae }}"}, "#word-html"),
        ({"html": "", "sms": "{% if %}"}, "#word-sms"),
        ({"labels": ""}, "#field-audience"),
    ],
)
async def test_t_m4_what_is_wrong_is_told_with_the_way_to_the_spot(world, visit, said, spot):
    await world.customer("Ada Lovelace", email="ada@example.com")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, {**FORM, **said, "action": "save"})
    for path, editor in ((here, ""), (f"{here}/send", here)):  # on its own page what was typed has to stay
        _, page = await max.get(path)
        ways = re.findall(r'<a href="([^"]+)">Go there</a>', page)
        assert ways[:1] == [f"{editor}{spot}"], path
    assert f'id="{spot[1:]}"' in (await max.get(here))[1]


async def test_saving_the_form_keeps_the_customers_whom_a_program_named(world, visit):
    ada = await world.customer("Ada Lovelace")
    await world.customer("Grace Hopper")
    draft = await world.campaign(audience={"labels": ["all"], "customer_ids": [ada]})
    max = await visit()
    here = f"/campaigns/{draft.id}"
    _, before = await max.get(here)
    await press(max, here, here, FORM | {"action": "save"})
    _, after = await max.get(here)
    preview = await (await max.post(f"{here}/preview", FORM, page=here)).text()

    assert (await world.read(get_campaign, draft.id)).audience == draft.audience
    for editor in (before, after):
        assert "Only among 1 customer named over the API" in editor
        assert "1 customer gets it" in editor
    assert "Grace" not in preview


async def test_what_is_missing_is_told_before_it_can_be_sent(world, visit):
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    _, editor = await max.get(here)
    answer = await max.post(f"{here}/send", {"when": "now"}, page=here)

    assert "give the campaign a purpose" in editor
    assert answer.status == 409


async def test_t_m2_a_mistyped_name_is_marked_with_a_suggestion_and_is_not_sent(world, visit):
    await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, FORM | {"html": "<p>\nDear {{ customer.fist_name }}</p>", "action": "save"})
    _, editor = await max.get(here)
    answer = await max.post(f"{here}/send", {"when": "now"}, page=here)
    refused = await answer.text()

    for page in (editor, refused):
        assert "email.html:2" in page
        assert 'did you mean "customer.first_name"?' in unescape(page)
        assert "Traceback" not in page
    assert answer.status == 409
    assert world.channels["mail"].sent == []


async def test_the_editor_counts_before_anything_is_written(world, visit):
    await world.customer("Ada Lovelace")
    await world.customer("Grace Hopper", consents=())
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, {**FORM, "subject": "", "html": "", "action": "save"})
    _, editor = await max.get(here)

    assert "1 customer gets it" in editor


async def test_a_time_in_the_past_is_refused_at_the_field(world, visit):
    await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, FORM | {"action": "save"})
    answer = await max.post(f"{here}/send", {"when": "at", "at": "2001-02-03T04:05"}, page=f"{here}/send")

    assert answer.status == 409
    page = await answer.text()
    assert "That time lies in the past." in page
    assert 'value="2001-02-03T04:05"' in page
    assert [one.state for one in await world.read(list_campaigns)] == ["draft"]


async def test_the_one_known_purpose_stands_there_and_an_unknown_one_is_named(world, visit):
    await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    _, editor = await max.get(here)
    await press(max, here, here, FORM | {"purpose": "newz", "action": "save"})
    _, mistyped = await max.get(here)

    assert 'name="purpose" id="field-purpose" value="news"' in editor
    assert "Nobody agreed to “newz”. Known purposes: news" in mistyped


async def test_leaving_people_out_is_asked_on_the_sheet(world, visit):
    await world.customer("Ada", fields={"plan": "pro"})
    await world.customer("Grace Hopper")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    sheet = await press(max, here, here, FORM | {"html": "<p>{{ customer.fields.plan }}</p>", "action": "send"})
    _, question = await max.get(sheet)
    refused = await max.post(f"{here}/send", {"when": "now"}, page=sheet)
    report = await press(max, sheet, f"{here}/send", {"when": "now", "anyway": "yes"})

    assert "Send to 1 person" in question
    assert "left out: a value is missing – 1" in " ".join(question.split())
    assert 'name="anyway"' in question
    assert refused.status == 409
    assert report == here


async def test_a_sending_campaign_is_paused_resumed_and_stopped_from_its_page(world, visit):
    await world.customer("Ada")
    campaign = await world.campaign()
    await world.schedule(campaign)
    max = await visit()
    here = f"/campaigns/{campaign.id}"
    for action, state in (("pause", "Paused"), ("resume", "Scheduled"), ("draft", "Nothing is missing")):
        await press(max, here, f"{here}/state", {"action": action})
        _, page = await max.get(here)
        assert state in page
    await world.schedule(campaign)
    copied = await press(max, here, f"{here}/state", {"action": "copy"})
    _, page = await max.get(copied)
    assert copied != here
    assert "Nothing is missing" in page
    for action, state in (("pause", "Paused"), ("resume", "Scheduled"), ("stop", "Stopped")):
        await press(max, here, f"{here}/state", {"action": action})
        _, page = await max.get(here)
        assert state in page


async def test_a_template_is_written_translated_and_previewed(world, visit):
    ada = await world.customer("Ada Lovelace", language="de")
    max = await visit()
    here = await press(max, "/templates", "/templates", {"name": "Welcome"})
    form = {"name": "Welcome", "sms": "Hi {{ customer.name }}", "sms.de": "Hallo {{ customer.name }}"}
    shown = await press(max, here, here, form | {"action": "save", "as": ada, "kind": "sms"})
    _, page = await max.get(shown)

    assert "Hallo Ada Lovelace" in page


async def test_a_shipped_template_is_opened_copied_and_chosen(world, visit):
    ada = await world.customer("Ada Lovelace", language="de")
    max = await visit()
    _, listed = await max.get("/templates")
    _, opened = await max.get(f"/templates/newsletter?as={ada}&kind=sms")
    copied = await press(max, "/templates/newsletter", "/templates/newsletter", {"action": "copy"})
    _, editor = await max.get(f"{copied}?as={ada}&kind=email")
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    form = {key: FORM[key] for key in ("name", "purpose", "channel", "labels")}
    await press(max, here, here, form | {"template_id": "newsletter", "action": "save"})
    _, campaign = await max.get(here)

    assert 'href="/templates/newsletter"' in listed
    assert "email.de.html" in opened
    assert "Ada Lovelace would get it" in opened
    assert "Guten Tag Ada Lovelace" in editor
    assert '<option value="newsletter" selected>' in campaign
    assert "Nothing is missing." in campaign
    assert (await max.get("/templates/nothing"))[0] == 404
    assert (await max.get("/templates/..%2Fpages"))[0] == 404


async def test_an_own_subject_goes_before_that_of_a_template_and_own_bodies_are_refused(world, visit):
    await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    both = FORM | {"template_id": "newsletter", "subject": "For {{ customer.first_name }}"}
    await press(max, here, here, both | {"action": "save"})
    _, refused = await max.get(here)
    await press(max, here, here, both | {"html": "", "action": "save"})
    _, question = await max.get(f"{here}/send")
    await press(max, f"{here}/send", f"{here}/send", {"when": "now"})
    await world.expand()
    await world.send()

    assert "what is written here would not be sent" in refused
    assert "Nothing is missing." not in refused
    assert "</b>: For Ada</p>" in question
    assert [mail.subject for mail in world.channels["mail"].sent] == ["For Ada"]


async def test_a_reader_opens_a_shipped_template_but_does_not_copy_it(world, visit):
    reader = await visit(Role.READ_ONLY)
    status, page = await reader.get("/templates/follow_up")

    assert status == 200
    assert "Copy to change it" not in page
    assert (await reader.post("/templates/follow_up", {"action": "copy"})).status == 403


async def test_a_follow_up_is_made_started_and_foretold(world, visit):
    ada = await world.customer("Ada Lovelace")
    max = await visit()
    form = {"name": "Nachfassen", "event": "no_answer", "days": "3", "text": "Still there, {{ customer.first_name }}?"}
    form |= {"purpose": "news"}
    here = await press(max, "/sequences", "/sequences", form)
    await press(max, here, here, {"action": "start"})
    await world.deliver()
    _, told = await max.get(f"{here}?as={ada}")
    refused = await max.post("/sequences", form | {"days": "soon"}, page="/sequences")

    assert "Still there, Ada?" in told
    assert "Active" in told
    assert 'name="purpose_0" value="news"' in told
    assert "Ada Lovelace</a>" in told
    assert refused.status == 422


@pytest.mark.parametrize(("after", "english", "german"), [("3d", "3 days", "3 Tage"), ("PT1H", "1 hour", "1 Stunde")])
async def test_how_long_a_follow_up_waits_is_said_in_words(world, visit, after, english, german):
    steps = [{"kind": "wait", "after": after}, {"kind": "message", "text": "Hi", "purpose": "news"}]
    trigger = {"event": "no_answer", "after": after}
    values = {"name": "Follow up", "trigger": trigger, "steps": steps, "exits": []}
    made = await world.write(lifecycle.write_down, values, world.clock.now())
    max = await visit()
    for path in ("/sequences", f"/sequences/{made.id}"):
        assert english in (await max.get(path))[1]
        answer = await max.session.get(max.base + path, headers=GERMAN)
        assert german in await answer.text()


async def test_a_follow_up_with_an_unknown_field_says_so_and_does_not_start(world, visit):
    max = await visit()
    form = {"name": "Nachfassen", "event": "no_answer", "days": "3", "text": "Still there, {{ customer.frist_name }}?"}
    here = await press(max, "/sequences", "/sequences", form | {"purpose": "news"})
    await press(max, here, here, {"action": "start"}, 409)
    _, page = await max.get(here)

    assert "<code>email.txt:1</code>" in page
    assert "customer.first_name" in page
    assert "Draft" in page


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.AGENT])
async def test_others_may_look_but_not_send(world, visit, role):
    await world.customer("Ada")
    campaign = await world.campaign()
    visitor = await visit(role)
    for page in (*PAGES, f"/campaigns/{campaign.id}"):
        assert (await visitor.get(page))[0] == 200
    for path in ("/campaigns", f"/campaigns/{campaign.id}", f"/campaigns/{campaign.id}/send"):
        assert (await visitor.post(path, {"name": "x", "when": "now"})).status == 403


@pytest.mark.parametrize(("said", "chosen"), [("shop", "shop"), ("mail", "mail"), ("email", "mail"), ("gone", "gone")])
async def test_editor_shows_the_one_mailbox_a_campaign_leaves_from(world, visit, said, chosen):
    world.hub.channels.admit(Recorder("shop", "email"))
    max = await visit()
    campaign = await world.campaign(channel=said)
    _, page = await max.get(f"/campaigns/{campaign.id}")

    select = re.search(r'<select name="channel"[^>]*>.*?</select>', page, re.DOTALL)
    assert select
    assert re.findall(r'<option value="(\w+)" selected>', select[0]) == [chosen]


GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"purpose": ""}, "die Kampagne braucht einen Zweck"),
        ({"labels": "nobody"}, "zu dieser Zielgruppe gehört niemand"),
        ({"html": "{{ customer.nmae }}"}, "unbekannter Name „customer.nmae“; war „customer.name“ gemeint?"),
        ({"html": "{{ customer.fields.plan }}"}, "„plan“ fehlt hier"),
        ({"html": "{{ customer.fields.plan }}"}, "(bei Ada Lovelace; diese Person wird ausgelassen)"),
        ({"html": "{{ customer.name|uper }}"}, "unbekannter Filter „uper“; war „upper“ gemeint?"),
        ({"html": "{% include '_gone.html' %}"}, "„_gone.html“ gibt es nicht"),
        ({"html": "", "subject": "s"}, "daneben fehlt email.html"),
        ({"sender": "me@example.org"}, "me@example.org kann nicht der Absender sein"),
    ],
)
async def test_a_german_editor_says_in_german_what_is_wrong(world, visit, form, said):
    await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    await press(max, here, here, FORM | form | {"action": "save"})
    answer = await max.session.get(max.base + here, headers=GERMAN)

    assert said in unescape(await answer.text())


async def test_two_subjects_are_written_tried_chosen_and_taken_out_as_a_table(world, visit):
    for number in range(4):
        await world.customer(f"Person {number}")
    await world.customer("Not Asked", consents=())
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    tried = {"subject_b": "Another =subject", "share": "50", "measure": "replies", "by_hand": "yes", "hourly": "x"}
    await press(max, here, here, FORM | tried | {"action": "save", "variant": "b"})
    _, editor = await max.get(f"{here}?variant=b")
    assert "<h2>Another =subject</h2>" in editor
    assert "Each variant goes to 1 customer." in editor
    await press(max, here, here, FORM | tried | {"action": "test"}, 200)
    _, question = await max.get(f"{here}/send")
    assert "A to 1, B to 1, 2 wait for the winner; somebody chooses in the report" in question
    assert "B – Another =subject" in question
    await press(max, f"{here}/send", f"{here}/send", {"when": "now"})
    await world.expand()
    await world.send()
    await world.expand()
    _, waiting = await max.get(here)
    assert "All others wait until somebody chooses." in waiting
    assert "2 sent, the others wait for the choice" in waiting
    assert "</b> Hi Person" in waiting
    assert "Test running" in (await max.get("/campaigns"))[1]
    await press(max, here, f"{here}/state", {"action": "choose", "variant": "ab"}, 422)
    await press(max, here, f"{here}/state", {"action": "choose", "variant": "b"})
    await world.expand()
    await world.send()
    await world.expand()
    _, done = await max.get(here)
    assert "B went to all others." in done
    assert "B was chosen by hand." in done
    assert "A counts as the best" not in done
    heard = Counter(mail.subject.rstrip("0123") for mail in world.channels["mail"].sent)
    tests = {"[Test A] Hi Person ": 1, "[Test B] Another =subject": 1}
    assert heard == {"Another =subject": 3, "Hi Person ": 1, **tests}

    answer = await max.post(f"{here}/recipients.csv", page=here)
    assert 'filename="recipients' not in answer.headers["Content-Disposition"]
    rows = list(csv.reader(StringIO(await answer.text(encoding="utf-8-sig"))))
    assert sorted((row[3], row[4], row[5]) for row in rows[1:]) == [
        ("excluded", "no_consent", ""),
        ("sent", "", "A"),
        *[("sent", "", "B")] * 3,
    ]
    told = [one.about for one in await world.read(list_audit) if one.deed == "exported"]
    assert told == [here.rpartition("/")[2]]


FIELDS = re.compile(r'name="((?:name|title|until|subject|purpose|kept|label|field|value)_\d+|name)" value="([^"]*)"')


def _form(page, **more):
    """What the editor holds, as a browser sends it."""
    count = re.search(r'name="count" value="(\d+)"', page)
    kinds = dict(re.findall(r'name="(kind_\d+)" value="(\w+)"', page))
    texts = {f"text_{n}": unescape(text) for n, text in re.findall(r'name="text_(\d+)"[^>]*>([^<]*)<', page)}
    amounts = dict(re.findall(r'name="(amount\w*)" min="0" max="99999" value="(\d+)"', page))
    chosen = {}
    for name, options in re.findall(
        r'<select name="((?:unit|event|template|channel|asks|how|otherwise)\w*)">(.*?)</select>', page, re.DOTALL
    ):
        chosen[name] = (re.search(r'value="([^"]*)" selected', options) or [None, ""])[1]
    exits = dict.fromkeys(re.findall(r'name="(exit_\w+)" value="yes" checked', page), "yes")
    fields = {name: unescape(value) for name, value in FIELDS.findall(page)}
    return {"count": count[1], **kinds, **texts, **amounts, **chosen, **exits, **fields, **more}


async def test_a_follow_up_of_several_steps_is_built_moved_checked_and_started(world, visit):
    ada = await world.customer("Ada Lovelace")
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Welcome", "action": "open"})
    _, page = await max.get(here)
    for action, words in (
        ("add-message", {"event": "campaign.sent", "amount": "0"}),
        ("add-wait", {"text_0": "Welcome, {{ customer.first_name }}", "purpose_0": "news"}),
        ("add-message", {"amount_1": "2"}),
        ("add-label", {"text_2": "Tips"}),
        ("up-3", {"name_3": "greeted"}),
    ):
        answer = await max.post(here, _form(page, action=action, **words), page=here)
        page = await answer.text()
        assert answer.status == 200, page
    assert (await world.read(get_sequence, here.rpartition("/")[2])).steps == []
    assert re.findall(r"<legend>\d · (\w+)</legend>", page) == ["Message", "Wait", "Label", "Message"]
    answer = await max.post(here, _form(page, action="start", text_3="", name_2=""), page=here)
    refused = await answer.text()
    assert answer.status == 422
    assert "Write the follow-up, or choose a template." in refused
    assert "Say which label." in refused
    await press(max, here, here, _form(page, action="start"))

    await world.deliver(track_links=False)
    await world.follow_up()
    await world.send()
    _, page = await max.get(here)
    assert "1 customer waits for this step" in page
    assert [mail.text.partition("\n")[0] for mail in world.channels["mail"].sent][1:] == ["Welcome, Ada"]
    await press(max, here, here, _form(page, action="save", text_3="Other tips"))
    _, page = await max.get(here)
    assert "1 customer goes through it as it was before the last change." in page
    [run] = await world.read(list_runs, here.rpartition("/")[2])
    await press(max, here, here, {"action": "take-out", "run": run.id})
    _, page = await max.get(here)
    assert "taken out by a colleague" in page
    assert ada in page


WAYS_IN = {"segment.entered": "a customer comes into a segment", "date": "a date of the customer"}


@pytest.mark.parametrize("event", WAYS_IN)
async def test_a_sequence_begins_with_a_segment_or_a_date_once_it_is_said_which(world, visit, event):
    segment = await world.write(add_segment, "Gold", {"op": "is_set", "field": "name"}, world.clock.now())
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Gold", "action": "open"})
    _, page = await max.get(here)
    step = {"count": "1", "kind_0": "message", "text_0": "Hi", "purpose_0": "news"}
    form = {**_form(page), **step, "event": event, "action": "start"}
    answer = await max.post(here, form, page=here)
    refused = await answer.text()
    assert answer.status == 422
    assert {"segment.entered": "Choose the segment it begins with.", "date": "Say which field holds the date"}[
        event
    ] in refused
    said = {"segment": segment.id, "date_field": "birthday", "date_days": "3", "side": "before", "date_at": "08:30"}
    await press(max, here, here, {**form, **said})
    kept = (await world.read(get_sequence, here.rpartition("/")[2])).trigger
    assert (
        kept
        == {
            "segment.entered": {"event": event, "segment": segment.id, "after": "3d"},
            "date": {"event": event, "field": "birthday", "days": -3, "at": "08:30", "yearly": True},
        }[event]
    )
    _, page = await max.get(here)
    assert WAYS_IN[event] in page
    assert ("3 days before" in page) == (event == "date")


async def test_the_channels_a_campaign_goes_on_by_are_chosen_kept_and_told(world, visit):
    await world.customer("Ada Lovelace", sms="+4915112345678")
    max = await visit()
    here = await press(max, "/campaigns", "/campaigns", {"name": "November"})
    form = {
        "name": "November",
        "purpose": "news",
        "channel": "mail",
        "labels": "all",
        "subject": "Hi",
        "html": "<p>Hi</p>",
    }
    form |= {"sms": "Hi", "else_1": "sms", "else_2": "", "patience": "24", "action": "save"}
    await press(max, here, here, form)
    assert (await world.read(get_campaign, here.rpartition("/")[2])).fallback == {"channels": ["sms"], "hours": 24}
    _, page = await max.get(here)
    assert re.search(r'name="else_1">.*?value="sms" selected', page, re.DOTALL)
    assert 'name="else_2"' in page
    _, sheet = await max.get(f"{here}/send")
    assert "nobody reacts within 24 hours" in sheet
    assert "not known" in sheet
    assert "up to 1 if nothing before reaches them" in sheet


async def test_a_branch_goes_on_leading_to_its_step_when_others_are_moved(world, visit):
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Two ways", "action": "open"})
    form = {
        "name": "Two ways",
        "event": "added",
        "count": "4",
        "kind_0": "branch",
        "asks_0": "written",
        "otherwise_0": "4",
    }
    form |= {"kind_1": "label", "name_1": "wrote", "kind_2": "end", "kind_3": "label", "name_3": "silent"}
    for action, number in (("save", 4), ("down-2", 3), ("remove-1", 3), ("remove-3", 0)):
        answer = await max.post(here, {**form, "action": action}, page=here)
        _, page = await max.get(here) if action == "save" else (0, await answer.text())
        [chosen] = re.findall(r'<select name="otherwise_0">(.*?)</select>', page, re.DOTALL)
        assert (re.search(r'value="(\d+)" selected', chosen) or [None, "0"])[1] == str(number), action
    stored = await world.read(get_sequence, here.rpartition("/")[2])
    assert stored.steps[0]["otherwise"] == 4
    answer = await max.post(here, {**form, "otherwise_0": "1", "action": "save"}, page=here)
    assert answer.status == 422
    assert "A branch leads to a later step only, or to the end." in await answer.text()


async def test_a_branch_asks_about_clicks_a_label_or_a_field_and_is_drawn_with_both_ways(world, visit):
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Ways", "action": "open"})
    form = {"name": "Ways", "event": "added", "count": "4", "kind_0": "message", "text_0": "Look", "purpose_0": "news"}
    form |= {"kind_1": "branch", "otherwise_1": "4", "kind_2": "end", "kind_3": "label", "name_3": "silent"}
    pro = {"label_1": "vip", "field_1": "plan", "how_1": "greater", "value_1": "3"}
    for asks, stored in (
        ("clicked:1", {"clicked": 1}),
        ("label", {"condition": {"op": "label", "name": "vip"}}),
        ("own", {"condition": {"op": "greater", "field": "fields.plan", "value": 3}}),
    ):
        await press(max, here, here, {**form, **pro, "asks_1": asks, "action": "save"})
        step = (await world.read(get_sequence, here.rpartition("/")[2])).steps[1]
        assert {name: step[name] for name in ("clicked", "condition") if step[name] is not None} == stored
        _, page = await max.get(here)
        assert re.search(rf'value="{asks}" selected', page)
    assert "→ 3" in page
    assert "→ 4" in page
    assert "whose “plan” is greater than “3”" in page
    answer = await max.post(here, {**form, **pro, "asks_1": "own", "value_1": "", "action": "save"}, page=here)
    refused = await answer.text()
    assert answer.status == 422
    assert "Something is missing here." in refused
    assert 'name="field_1" value="plan"' in refused
    answer = await max.post(here, {**form, "asks_1": "clicked:1", "action": "down-0"}, page=here)
    assert 'value="clicked:2" selected' in await answer.text()


async def test_a_condition_that_a_program_made_is_carried_along(world, visit):
    max = await visit()
    tree = {"op": "and", "of": [{"op": "label", "name": "vip"}, {"op": "not", "of": {"op": "wrote", "days": 30}}]}
    steps = [{"kind": "branch", "condition": tree, "otherwise": 0}, {"kind": "label", "name": "asked"}]
    made = await world.write(lifecycle.write_down, {**FOLLOW_UP, "steps": steps}, world.clock.now())
    _, page = await max.get(f"/sequences/{made.id}")
    assert "who carry the label “vip” and who did not write to us in the last 30 days" in page
    await press(max, f"/sequences/{made.id}", f"/sequences/{made.id}", _form(page, action="save"))
    kept = (await world.read(get_sequence, made.id)).steps[0]["condition"]
    assert read_condition(kept) == read_condition(tree)


async def test_a_call_and_a_webhook_are_steps_and_what_the_program_said_stands_at_each_customer(world, visit):
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Tell", "action": "open"})
    id = here.rpartition("/")[2]
    form = {"name": "Tell", "event": "added", "count": "2", "kind_0": "webhook", "kind_1": "call", "action": "start"}
    answer = await max.post(here, {**form, "url_0": "crm", "title_1": ""}, page=here)
    refused = await answer.text()
    assert answer.status == 422
    assert "Say at which address, with https:// in front, the program is told." in refused
    assert "Say what has to be done." in refused
    answer = await max.post(here, {**form, "url_0": "http://10.0.0.1/", "title_1": "Ask"}, page=here)
    assert "that address is not called: 10.0.0.1 is not a public address" in await answer.text()
    await press(max, here, here, {**form, "url_0": "https://crm.example.com/", "title_1": "Ask how it goes"})
    ada = await world.customer("Ada", sms="+4915112345678")
    await world.write(add_customers, id, [ada], world.clock.now())
    await world.follow_up()

    async def post(url, body, headers):
        return 503

    await tell_due(world.hub, post)
    _, page = await max.get(here)
    assert "is tried again (answered 503)" in page
    assert secret_of(world.hub.signer, id) in page
    [task] = await world.read(list_tasks, TaskFilter(customer_id=ada), None, 10)
    assert (task.title, task.note) == ("Ask how it goes", "+4915112345678")


async def test_a_message_of_a_sequence_names_the_channels_it_goes_on_by(world, visit):
    max = await visit()
    here = await press(max, "/sequences", "/sequences", {"name": "Chain", "action": "open"})
    form = {"name": "Chain", "event": "added", "count": "1", "kind_0": "message", "text_0": "Look", "purpose_0": "news"}
    form |= {"channel_0": "mail", "else_1_0": "sms", "else_2_0": "sms", "patience_0": "24", "action": "save"}
    await press(max, here, here, form)
    stored = (await world.read(get_sequence, here.rpartition("/")[2])).steps[0]
    assert stored["fallback"] == {"channels": ["sms"], "hours": 24}
    _, page = await max.get(here)
    assert "else by sms" in page
    assert 'name="else_2_0"' in page
    answer = await max.post(here, {**form, "channel_0": "preferred", "action": "start"}, page=here)
    assert "needs a channel to begin with" in await answer.text()
