"""Contract, "Templates and campaigns": audience, consent, personal words, unsubscribing, the report."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, World

HTML = """<p>Dear {{ customer.first_name }}, your plan is {{ customer.fields.plan }}.</p>
<p><a href="https://example.com/offer?a=1&amp;b=2">The offer</a> from {{ company.name }}</p>
<p><a href="{{ links.unsubscribe }}">Unsubscribe</a> <a href="{{ links.preferences }}">Preferences</a>
<a href="{{ links.view }}">View</a></p>"""
TEXT = "Dear {{ customer.first_name }}, your plan is {{ customer.fields.plan }}. {{ links.unsubscribe }}"
INLINE = {"subject": "News for {{ customer.name }}", "html": HTML, "text": TEXT}
ONE_CLICK = "List-Unsubscribe=One-Click"


def reader(world: World, name: str, label: str, state: str = "granted", **more: Any) -> Any:
    """A customer with e-mail, a label and a consent for newsletters."""
    handle = f"{name.split()[0].lower()}.{label}@example.com"
    body = {
        "name": name,
        "labels": [label],
        "fields": {"plan": "gold"},
        "addresses": [{"kind": "email", "handle": handle, "verified": True}],
        "consents": [{"channel": "email", "purpose": "newsletter", "state": state, "source": "test"}],
        **more,
    }
    return world.rest.post("customers", body, status=201)


def campaign(world: World, label: str, **more: Any) -> Any:
    body = {
        "name": f"News {label}",
        "purpose": "newsletter",
        "channel": "mail",
        "template": INLINE,
        "audience": {"labels": [label]},
        **more,
    }
    return world.rest.post("campaigns", body, status=201)


def send(world: World, made: Any, seconds: float = 30) -> Any:
    """Schedule it now and wait until it is sent; the report."""
    world.rest.post(f"campaigns/{made['id']}/schedule", {})
    state = lambda: world.rest.get(f"campaigns/{made['id']}/report")  # noqa: E731
    return until(lambda: report if (report := state())["state"] == "sent" else None, seconds, "the campaign is sent")


def unsubscribe_path(world: World, mail: Any) -> str:
    header = mail.parsed["List-Unsubscribe"]
    [address] = re.findall(r"<(https?://[^>]+)>", header)
    return world.follow(address)


@pytest.fixture(scope="module")
def sent(world: World) -> dict[str, Any]:
    """One campaign to Ada, Grace and Edsger; Barbara never agreed, Alan took it back."""
    people = {name: reader(world, f"{name} Example", "all") for name in ("Ada", "Grace", "Edsger")}
    reader(world, "Barbara Example", "all", consents=[])
    reader(world, "Alan Example", "all", state="withdrawn")
    made = campaign(world, "all")
    return {"campaign": made, "report": send(world, made), **people}


def test_a_mail_reaches_every_consenting_customer_once(world: World, sent: dict[str, Any]) -> None:
    for name in ("ada", "grace", "edsger"):
        assert len(world.relay.to(f"{name}.all@example.com")) == 1
    assert world.relay.to("barbara.all@example.com") == []
    assert world.relay.to("alan.all@example.com") == []


def test_the_words_are_personal(world: World, sent: dict[str, Any]) -> None:
    [mail] = world.relay.to("ada.all@example.com")

    assert mail.parsed["Subject"] == "News for Ada Example"
    assert "Dear Ada, your plan is gold." in mail.html
    assert "Dear Ada, your plan is gold." in mail.text
    assert mail.recipients == ["ada.all@example.com"]


def test_the_report_counts_are_disjoint(world: World, sent: dict[str, Any]) -> None:
    report = sent["report"]

    assert report["recipients"] == 3
    states = ("held", "queued", "sent", "delivered", "failed", "unknown", "bounced")
    assert sum(report[state] for state in states) == 3
    assert sum(report["excluded"].values()) == 2


def test_the_recipients_are_listed_with_their_deliverys_state(world: World, sent: dict[str, Any]) -> None:
    rows = world.rest.everything(f"campaigns/{sent['campaign']['id']}/recipients")

    ada = next(row for row in rows if row["customer_id"] == sent["Ada"]["id"])
    assert set(ada) >= {"customer_id", "address", "state", "reason", "message_id"}
    assert ada["state"] in ("sent", "delivered")
    assert "ada.all@example.com" in str(ada["address"])


def test_the_mails_carry_one_click_unsubscribe_headers(world: World, sent: dict[str, Any]) -> None:
    for name in ("ada", "grace", "edsger"):
        [mail] = world.relay.to(f"{name}.all@example.com")
        assert mail.parsed["List-Unsubscribe-Post"] == ONE_CLICK
        assert unsubscribe_path(world, mail).startswith("/u/")
    ids = {mail.parsed["Message-ID"] for mail in world.relay.mails}
    assert len(ids) == len(world.relay.mails)


def test_the_campaign_stands_on_the_customers_timeline(world: World, sent: dict[str, Any]) -> None:
    timeline = world.rest.get(f"customers/{sent['Ada']['id']}/timeline")["items"]

    assert "campaign" in str(timeline)


def test_an_answer_lands_in_the_inbox_below_the_campaign(world: World, sent: dict[str, Any]) -> None:
    [mail] = world.relay.to("grace.all@example.com")
    reply_to = (mail.parsed["Reply-To"] or mail.parsed["From"]).addresses[0].addr_spec
    answer = letter("grace.all@example.com", reply_to, "tell me more", In_Reply_To=mail.parsed["Message-ID"])
    post(world.listen, "grace.all@example.com", reply_to, answer)

    message = world.found("tell me more")

    assert message["customer_id"] == sent["Grace"]["id"]
    rows = world.messages(message["conversation_id"])
    assert "campaign" in {row["kind"] for row in rows}
    until(lambda: world.rest.get(f"campaigns/{sent['campaign']['id']}/report")["replied"] == 1)


def test_looking_at_the_unsubscribe_page_changes_nothing(world: World, sent: dict[str, Any]) -> None:
    path = unsubscribe_path(world, world.relay.to("ada.all@example.com")[0])
    before = world.query("select count(*) from consents")

    for method in ("HEAD", "GET", "GET"):
        assert world.rest.ask(method, path, headers={"Authorization": ""}).status == 200

    assert world.query("select count(*) from consents") == before


def test_one_click_unsubscribes_without_cookie_and_counts_once(world: World, sent: dict[str, Any]) -> None:
    path = unsubscribe_path(world, world.relay.to("ada.all@example.com")[0])
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}

    answers = [world.rest.ask("POST", path, data=ONE_CLICK, headers=form).status for _ in range(3)]

    assert all(200 <= status < 300 for status in answers)
    report = until(
        lambda: (
            found if (found := world.rest.get(f"campaigns/{sent['campaign']['id']}/report"))["unsubscribed"] else None
        )
    )
    assert report["unsubscribed"] == 1
    again = campaign(world, "all", name="Second")
    send(world, again)
    assert len(world.relay.to("ada.all@example.com")) == 1
    assert len(world.relay.to("grace.all@example.com")) == 2


def test_an_altered_unsubscribe_token_is_refused(world: World, sent: dict[str, Any]) -> None:
    path = unsubscribe_path(world, world.relay.to("edsger.all@example.com")[0])
    body, _, signature = path.rpartition(".") if "." in path else (path[:-4], "", path[-4:])
    for altered in (f"{path}x", path[:-1] + ("a" if path[-1] != "a" else "b"), f"{body}x.{signature}", path[:-6]):
        answer = world.rest.ask("POST", altered, data=ONE_CLICK, headers={"Authorization": ""})
        assert 400 <= answer.status < 500, altered

    assert world.query("select count(*) from consents where state = 'withdrawn'") == [["2"]]


def test_the_tracked_link_leads_to_the_offer_and_counts(world: World, sent: dict[str, Any]) -> None:
    mail = world.relay.to("edsger.all@example.com")[0]
    addresses = re.findall(r'href="([^"]+)"', mail.html)
    tracked = [address.replace("&amp;", "&") for address in addresses if "/c/" in address]
    if tracked:  # tracking may be off
        answer = world.rest.ask("GET", world.follow(tracked[0]), headers={"Authorization": ""})
        assert answer.status in (302, 303, 307)
        assert answer.headers["Location"] == "https://example.com/offer?a=1&b=2"
        until(lambda: world.rest.get(f"campaigns/{sent['campaign']['id']}/report")["clicked"] == 1)
    else:
        assert "https://example.com/offer?a=1&amp;b=2" in addresses


@pytest.mark.parametrize("kind", ["p", "v"])
def test_the_preference_page_and_the_browser_view_open(world: World, sent: dict[str, Any], kind: str) -> None:
    mail = world.relay.to("edsger.all@example.com")[0]
    address = re.search(rf'href="([^"]+/{kind}/[^"]+)"', mail.html)
    assert address, mail.html

    answer = world.rest.ask("GET", world.follow(address[1]), headers={"Authorization": ""})

    assert answer.status == 200
    assert answer.type == "text/html"


def test_values_are_escaped_in_html_and_never_compiled(world: World) -> None:
    name = "{{ 7 * 7 }} <script>alert(1)</script> & Söhne"
    label = uuid4().hex[:8]
    reader(world, name, label, addresses=[{"kind": "email", "handle": f"{label}@example.com", "verified": True}])

    send(world, campaign(world, label, template={**INLINE, "html": "<p>{{ customer.name }}</p>", "text": TEXT}))

    [mail] = world.relay.to(f"{label}@example.com")
    assert "{{ 7 * 7 }} &lt;script&gt;" in mail.html
    assert "<script>" not in mail.html
    assert "49" not in mail.parsed["Subject"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ config }}",
        "{{ customer.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for a in range(9999999) %}{% for b in range(9999999) %}x{% endfor %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ nothing.at.all }}",
        "{% include '/etc/passwd' %}",
        "{{ unclosed",
    ],
)
def test_a_bad_template_is_refused_before_anybody_gets_it(world: World, source: str) -> None:
    label = uuid4().hex[:8]
    reader(world, "Careful Example", label)
    body = {
        "name": label,
        "purpose": "newsletter",
        "channel": "mail",
        "template": {"subject": "x", "html": f"<p>{source}</p>", "text": "x"},
        "audience": {"labels": [label]},
    }

    made = world.rest.ask("POST", "campaigns", body)
    if made.status == 201:
        check = world.rest.ask("POST", f"campaigns/{made.json['id']}/check")
        schedule = world.rest.ask("POST", f"campaigns/{made.json['id']}/schedule", {})
        assert schedule.status in (409, 422), f"{check.text} {schedule.text}"
    else:
        assert made.status == 422

    assert world.relay.to(f"careful.{label}@example.com") == []


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: evil@example.com", "Hi\n"])
def test_a_templates_subject_is_one_line(world: World, subject: str) -> None:
    words = {"subject": subject, "text": "x"}

    assert world.rest.ask("POST", "templates", {"name": "Two lines", **words}).status == 422
    assert world.rest.ask("POST", "campaigns", {"name": "Two lines", "template": words}).status == 422


@pytest.mark.parametrize("missing", ["name", "purpose", "template", "audience"])
def test_a_campaign_passes_the_check_with_name_purpose_template_and_audience(world: World, missing: str) -> None:
    label = uuid4().hex[:8]
    reader(world, "Checked Example", label)
    whole = campaign(world, label)
    body = {
        "name": label,
        "purpose": "newsletter",
        "channel": "mail",
        "template": INLINE,
        "audience": {"labels": [label]},
    }
    body[missing] = {"name": "", "purpose": "", "template": {}, "audience": {"labels": [f"nobody-{label}"]}}[missing]

    good = world.rest.ask("POST", f"campaigns/{whole['id']}/check")
    lacking = world.rest.ask("POST", "campaigns", body)

    assert good.status == 200, good.text
    if lacking.status == 201:
        assert world.rest.ask("POST", f"campaigns/{lacking.json['id']}/schedule", {}).status in (409, 422)
    else:
        assert lacking.status == 422


def test_a_campaign_goes_out_on_each_customers_preferred_channel(world: World) -> None:
    label = uuid4().hex[:8]
    granted = [
        {"channel": kind, "purpose": "newsletter", "state": "granted", "source": "t"}
        for kind in ("sms", "telegram", "email")
    ]
    for name, channel, kind, handle in [
        ("Mobile", "sms", "sms", "+4917312340001"),
        ("Chatty", "telegram", "telegram", "808"),
        ("Formal", "email", "email", f"formal.{label}@example.com"),
    ]:
        body = {
            "name": name,
            "labels": [label],
            "preferred_channel": channel,
            "addresses": [{"kind": kind, "handle": handle, "verified": True}],
            "consents": granted,
        }
        world.rest.post("customers", body, status=201)
    words = "Hello {{ customer.first_name }} " + label
    template = {"subject": words, "html": f"<p>{words}</p>", "text": words, "sms": words, "telegram": words}

    report = send(world, campaign(world, label, channel="preferred", template=template))

    assert report["recipients"] == 3
    assert [m.text for m in world.twilio.sent("+4917312340001")] == [f"Hello Mobile {label}"]
    assert [m["text"] for m in world.telegram.sent if str(m["chat_id"]) == "808"] == [f"Hello Chatty {label}"]
    assert len(world.relay.to(f"formal.{label}@example.com")) == 1


def test_stop_by_sms_ends_campaigns_by_sms(world: World) -> None:
    label, number = uuid4().hex[:8], "+4917312340002"
    body = {
        "name": "Stopper",
        "labels": [label],
        "addresses": [{"kind": "sms", "handle": number, "verified": True}],
        "consents": [{"channel": "sms", "purpose": "newsletter", "state": "granted", "source": "t"}],
    }
    world.rest.post("customers", body, status=201)
    world.twilio.text("sms", number, SMS, "STOP")
    until(lambda: world.query("select count(*) from consents where state = 'withdrawn' and kind = 'sms'") != [["0"]])
    made = campaign(world, label, channel="sms", template={"sms": "buy"})

    scheduled = world.rest.ask("POST", f"campaigns/{made['id']}/schedule", {})

    assert scheduled.status in (200, 202, 204, 409, 422)
    reader(world, "Later Example", label)
    assert not [m for m in world.twilio.sent(number) if m.text == "buy"]


def test_labels_given_by_name_are_created(world: World) -> None:
    label = uuid4().hex[:8]
    reader(world, "Labelled Example", label)

    assert label in {item["name"] for item in world.rest.everything("labels", limit=100)}


def test_a_campaign_can_be_scheduled_paused_resumed_and_stopped(world: World) -> None:
    label = uuid4().hex[:8]
    reader(world, "Patient Example", label)
    made = campaign(world, label)
    path = f"campaigns/{made['id']}"

    world.rest.post(f"{path}/schedule", {"at": "2099-01-01T00:00:00Z"})
    assert world.rest.get(path)["state"] == "scheduled"
    world.rest.post(f"{path}/pause")
    assert world.rest.get(path)["state"] == "paused"
    world.rest.post(f"{path}/resume")
    assert world.rest.get(path)["state"] in ("scheduled", "sending")
    world.rest.post(f"{path}/stop")
    assert world.rest.get(path)["state"] == "stopped"

    assert world.relay.to(f"patient.{label}@example.com") == []


def test_a_test_mail_goes_to_the_given_address_only(world: World) -> None:
    label = uuid4().hex[:8]
    ada = reader(world, "Tested Example", label)
    made = campaign(world, label)
    body = {"to": f"me.{label}@example.com", "customer_id": ada["id"]}

    world.rest.post(f"campaigns/{made['id']}/test", body)

    [mail] = world.relay.wait(f"me.{label}@example.com")
    assert "Dear Tested" in mail.text
    assert world.relay.to(f"tested.{label}@example.com") == []


def test_a_stored_template_is_previewed_and_used(world: World) -> None:
    label = uuid4().hex[:8]
    ada = reader(world, "Stored Example", label)
    template = world.rest.post("templates", {"name": f"t-{label}", **INLINE}, status=201)

    preview = world.rest.post(f"templates/{template['id']}/preview", {"customer_id": ada["id"]})
    send(world, campaign(world, label, template=template["id"]))

    assert "Dear Stored" in str(preview)
    assert "Dear Stored" in world.relay.to(f"stored.{label}@example.com")[0].html


def test_the_from_address_is_the_channels(world: World, sent: dict[str, Any]) -> None:
    mail = world.relay.to("edsger.all@example.com")[0]

    assert mail.parsed["From"].addresses[0].addr_spec == SUPPORT
    assert world.relay.problems == []
