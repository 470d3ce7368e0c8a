"""`hub import mail` and `conversations`: what was said before the hub came, brought in as its user does it."""

import asyncio
import gzip
import imaplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hub.cli import hub as command
from hub.errors import HubError
from hub.store.database import open_store
from hub.store.tables import (
    addresses,
    blobs,
    conversations,
    customers,
    deliveries,
    events,
    messages,
)
from tests.cli.helpdesks import chatwoot, freescout, serving, zammad
from tests.dovecot import open_dovecot

BEGUN = datetime(2019, 3, 4, 9, 15, tzinfo=UTC)
US = "support@shop.example"


@pytest.fixture
def hub(store_url, tmp_path):
    """Runs `hub import`; gives (exit status, stdout, stderr)."""
    (tmp_path / "config.toml").write_text(
        f'[channels.mail]\ntype = "email"\naddress = "{US}"\n[channels.mail.listen]\nport = 0\n'
    )

    settings = {"HUB_STORE__URL": store_url, "HUB_CONFIG": str(tmp_path / "config.toml")}

    def run(*words):
        done = CliRunner(env=settings).invoke(command, ["import", *map(str, words)])
        if isinstance(done.exception, HubError):
            return 1, done.stdout, f"hub: {done.exception}\n"
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def rows(store_url):
    """What stands in the store: the rows of one statement."""

    def ask(query):
        async def read():
            store = open_store(store_url)
            await store.open()
            try:
                return await store.read(lambda conn: conn.execute(query).all())
            finally:
                await store.close()

        return asyncio.run(read())

    return ask


def mail(number, text, *, sender="Ada Lovelace <ada@example.com>", to=f"Shop <{US}>", subject="Order 7", **more):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(BEGUN + timedelta(hours=number))
    message["Message-ID"] = f"<{number}@mail.example.com>"
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def ours(number, text, to="Ada Lovelace <ada@example.com>", **more):
    return mail(number, text, sender=f"Lena Maier <{US}>", to=to, **more)


def answering(*numbers):
    ids = [f"<{number}@mail.example.com>" for number in numbers]
    return {"In_Reply_To": ids[-1], "References": " ".join(ids)}


def mbox(path, *mails):
    with path.open("wb") as box:
        for one in mails:
            box.write(b"From - Mon Mar  4 09:15:00 2019\n" + one.as_bytes() + b"\n")
    return path


def talks(rows):
    """Each conversation as (subject, state, begun, done, [(way, words)])."""
    found = []
    for one in rows(select(conversations).order_by(conversations.c.created_at)):
        query = select(messages).where(messages.c.conversation_id == one.id).order_by(messages.c.occurred_at)
        said = [(row.direction, row.text) for row in rows(query)]
        found.append((one.subject, one.state, hours(one.created_at), hours(one.closed_at), said))
    return found


def hours(instant):
    return (datetime.fromtimestamp(instant / 1000, UTC) - BEGUN) / timedelta(hours=1)


def test_threads_of_a_mailbox_become_finished_conversations(hub, rows, tmp_path):
    box = mbox(
        tmp_path / "all.mbox",
        ours(3, "We send another one.", subject="Re: Order 7", **answering(1)),
        mail(1, "The map is missing."),
        mail(4, "Thank you!", subject="Re: Order 7", **answering(1, 3)),
        mail(2, "Do you open on Sunday?", subject="Opening hours"),
        mail(200, "And on Easter Monday?", subject="AW: Opening hours"),
        mail(5, "Where is my parcel?", sender="Bo <bo@example.com>", subject="Order 7"),
    )

    assert hub("mail", box) == (0, "6 messages in 3 conversations added, 2 customers new, 0 messages known\n", "")

    assert talks(rows) == [
        (
            *("Order 7", "closed", 1, 4),
            [("in", "The map is missing."), ("out", "We send another one."), ("in", "Thank you!")],
        ),
        (
            *("Opening hours", "closed", 2, 200),
            [("in", "Do you open on Sunday?"), ("in", "And on Easter Monday?")],
        ),
        ("Order 7", "closed", 5, 5, [("in", "Where is my parcel?")]),
    ]
    people = rows(select(customers.c.name, addresses.c.handle).join(addresses).order_by(customers.c.name))
    assert people == [("Ada Lovelace", "ada@example.com"), ("Bo", "bo@example.com")]
    since = {hours(row.created_at) for row in rows(select(customers.c.created_at))}
    assert since == {1, 5}
    (wrote,) = rows(
        select(messages.c.author_name, messages.c.from_handle, messages.c.peer).where(messages.c.direction == "out")
    )
    assert wrote == ("Lena Maier", US, "ada@example.com")


def test_nothing_follows_from_what_is_over(hub, rows, tmp_path):
    hub("mail", mbox(tmp_path / "all.mbox", mail(1, "STOP"), ours(2, "As you like.", **answering(1))))

    (one,) = rows(select(conversations.c.unread, conversations.c.waiting_since, conversations.c.last_preview))
    assert one == (0, None, "As you like.")
    assert rows(select(deliveries.c.id)) == []
    told = {row.type for row in rows(select(events.c.type))}
    assert not told & {"message.received", "message.sent", "conversation.opened", "address.stop"}


def test_begun_again_it_brings_nothing_twice_and_goes_on_where_it_was(hub, rows, tmp_path):
    first = mbox(tmp_path / "first.mbox", mail(1, "The map is missing."))
    hub("mail", first)
    second = mbox(tmp_path / "second.mbox", mail(1, "The map is missing."), ours(3, "Sorry.", **answering(1)))

    assert hub("mail", second) == (0, "1 messages in 0 conversations added, 0 customers new, 1 messages known\n", "")
    assert [said for *_, said in talks(rows)] == [[("in", "The map is missing."), ("out", "Sorry.")]]
    assert hub("mail", first, second)[1] == "0 messages in 0 conversations added, 0 customers new, 3 messages known\n"


def test_lines_that_only_look_like_beginnings_begin_no_mail(hub, rows, tmp_path):
    box = tmp_path / "all.mbox"
    words = mail(1, "x").as_bytes().replace(b"x\n", b"Hello,\n\nFrom now on I live in Bern.\n\n>From there I write.\n")
    box.write_bytes(
        b"From 1234567890@xxx Mon Mar 04 09:15:00 +0000 2019\r\n" + words.replace(b"\n", b"\r\n") + b"\r\n"
        b"From ada@example.com Mon Mar  4 10:15:00 2019\n" + mail(2, "Bye").as_bytes()
    )

    assert hub("mail", box)[1].startswith("2 messages")
    texts = {row.text for row in rows(select(messages.c.text))}
    assert texts == {"Hello,\n\nFrom now on I live in Bern.\n\nFrom there I write.", "Bye"}


def test_a_maildir_and_its_folders(hub, rows, tmp_path):
    for folder, name, one in (
        ("cur", "1551690900.a.host:2,S", mail(1, "One")),
        ("new", "1551690901.b.host", mail(2, "Two")),
        ("cur", "1551690902.c.host:2,ST", mail(3, "Thrown away")),
        (".Sent/cur", "1551690903.d.host:2,S", ours(4, "Four")),
        (".Trash/cur", "1551690904.e.host:2,S", mail(5, "Thrown away too")),
        (".Entwürfe/cur", "1551690905.f.host:2,S", ours(6, "Never sent")),
    ):
        (tmp_path / "Maildir" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "Maildir" / folder / name).write_bytes(one.as_bytes())

    status, out, _ = hub("mail", tmp_path / "Maildir")

    assert (status, out.splitlines()[0].split(" messages")[0]) == (0, "3")
    assert out.splitlines()[1:] == ["1 left out: deleted or a draft"]
    assert {row.text for row in rows(select(messages.c.text))} == {"One", "Two", "Four"}


def test_what_the_program_that_kept_it_says_of_a_mail_counts(hub, rows, tmp_path):
    box = mbox(
        tmp_path / "takeout.mbox",
        mail(1, "One", X_Gmail_Labels="Posteingang,Wichtig"),
        mail(2, "Two", X_Gmail_Labels="Spam"),
        mail(3, "Three", X_Mozilla_Status="0009"),
        mail(4, "Four", X_Mozilla_Status="0001"),
    )
    box.write_bytes(
        box.read_bytes().replace(b"X-Gmail-Labels: Spam", b"X-Gmail-Labels: =?UTF-8?Q?Ungelesen,Entw=C3=BCrfe?=")
    )

    assert hub("mail", box)[1].splitlines()[1:] == ["1 left out: labelled Entwürfe", "1 left out: deleted"]
    assert {row.text for row in rows(select(messages.c.text))} == {"One", "Four"}


def test_what_cannot_come_in_is_named_and_the_rest_does(hub, tmp_path):
    nowhen = mail(1, "One")
    del nowhen["Date"]
    box = mbox(tmp_path / "all.mbox", nowhen, mail(2, "Two"), mail(3, "Three", sender="nobody"), ours(4, "Four", to=US))

    status, out, err = hub("mail", box)

    assert (status, out.splitlines()[1:]) == (1, ["1 left out: from us to ourselves", "2 refused"])
    assert [line.removeprefix(f"{box}: ") for line in err.splitlines()] == [
        "mail 1: it says nowhere when it was written",
        "mail 3: the mail names no sender",
    ]


def test_colleagues_of_former_days_are_ours(hub, rows, tmp_path):
    box = mbox(
        tmp_path / "all.mbox",
        mail(1, "Hello", to="Max <max@old.example>"),
        mail(2, "Yes?", sender="Max <max@old.example>", to="Ada <ada@example.com>", **answering(1)),
    )

    hub("mail", "--ours", "old.example", box)

    assert [said for *_, said in talks(rows)] == [[("in", "Hello"), ("out", "Yes?")]]


def test_a_form_that_wrote_for_somebody_is_no_customer(hub, rows, tmp_path):
    asked = mail(1, "A question", sender=f"Contact form <{US}>", Reply_To="Eva <eva@example.com>")
    hub("mail", mbox(tmp_path / "all.mbox", asked, ours(2, "An answer", to="Eva <eva@example.com>", **answering(1))))
    assert [said for *_, said in talks(rows)] == [[("in", "A question"), ("out", "An answer")]]
    assert rows(select(customers.c.name, addresses.c.state).join(addresses)) == [("Eva", "unverified")]


def test_a_dry_run_says_what_there_is_and_writes_nothing(hub, rows, tmp_path):
    box = mbox(tmp_path / "all.mbox", mail(1, "One"), ours(49, "Two", **answering(1)))

    assert hub("mail", "--dry-run", box) == (
        0,
        "1 came in and 1 went out, with 1 people, from 2019-03-04 to 2019-03-06; nothing written\n",
        "",
    )
    assert rows(select(messages.c.id)) == []


def test_files_come_along(hub, rows, tmp_path):
    one = mail(1, "See the plan.")
    one.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    hub("mail", mbox(tmp_path / "all.mbox", one))
    assert rows(select(blobs.c.content)) == [(b"%PDF-1.4 plan",)]


def test_which_channel_they_belong_to_is_asked_where_it_is_open(hub, tmp_path):
    box = mbox(tmp_path / "all.mbox", mail(1, "One"))
    config = tmp_path / "config.toml"
    config.write_text(
        config.read_text()
        + '[channels.sales]\ntype = "email"\naddress = "sales@shop.example"\n[channels.sales.listen]\nport = 0\n'
    )

    assert hub("mail", box)[::2] == (1, "hub: to which channel do they belong? --channel mail or sales\n")
    assert hub("mail", "--channel", "post", box)[::2] == (
        1,
        "hub: there is no e-mail channel 'post'; there are: mail, sales\n",
    )
    assert hub("mail", "--channel", "sales", box)[0] == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    assert hub("mail", "--channel", "sales", empty)[2] == (
        f"hub: {empty}: there is no mail in it (an mbox file, a Maildir or .eml files are read)\n"
    )


def contact(id, name, **more):
    return {"id": id, "name": name, "email": None, "phone_number": None, **more}


def said(id, text, *, kind=0, **more):
    """A message as Chatwoot tells it; kind 0 came in, 1 went out, 2 tells what happened, 3 is a bot's."""
    row = {"id": id, "content": text, "message_type": kind, "private": False, "content_attributes": {}}
    return {**row, "created_at": int(BEGUN.timestamp()) + 3600 * id, **more}


def test_conversations_of_chatwoot(hub, rows, tmp_path):
    ada = contact(1, "Ada Lovelace", email="ada@example.com", phone_number="+12025550123")
    conversations_there = [
        {"id": 5, "meta": {"sender": ada, "channel": "Channel::Whatsapp"}},
        {"id": 6, "meta": {"sender": contact(2, "A visitor"), "channel": "Channel::WebWidget"}},
        *({"id": 100 + n, "meta": {"sender": ada, "channel": "Channel::Email"}} for n in range(27)),
    ]
    html = {
        "html_content": {"full": "<p>Dear <b>shop</b></p><script>x</script>"},
        "message_id": "m7@example.com",
        "subject": "Hi",
    }
    messages_there = {
        5: [
            *(said(n, f"Line {n}") for n in range(1, 46)),
            said(46, "Lena took it", kind=2),
            said(47, "A good customer", kind=1, private=True, sender={"name": "Lena"}),
            said(48, "Here it is", kind=1, sender={"name": "Lena"}, attachments=[{"data_url": "/files/map.txt"}]),
            said(49, None, attachments=[{"data_url": "/files/gone.txt"}]),
        ],
        6: [said(60, "Hello?")],
        100: [said(70, "Dear shop", content_attributes={"email": html})],
        **{100 + n: [said(70 + n, f"Mail {n}")] for n in range(1, 27)},
    }
    key = tmp_path / "token"
    key.write_text("secret\n")
    with serving(chatwoot(conversations_there, messages_there), "api_access_token", "secret") as url:
        asked = ("conversations", url, "--from", "chatwoot", "--account", "3", "--token-file", key)
        done = hub(*asked)
        again = hub(*asked)

    assert done == (0, "76 messages in 29 conversations added, 2 customers new, 0 messages known\n", "")
    assert again[1] == "0 messages in 0 conversations added, 0 customers new, 76 messages known\n"
    (one,) = [talk for talk in talks(rows) if len(talk[-1]) > 40]
    assert [way for way, _ in one[-1]][-3:] == ["note", "out", "in"]
    assert [text for _, text in one[-1]][:45] == [f"Line {n}" for n in range(1, 46)]
    assert rows(select(blobs.c.content)) == [(b"the map",)]
    (lost,) = rows(select(messages.c.parts).where(messages.c.text == "", messages.c.direction == "in"))
    assert lost.parts["lost_files"][0]["filename"] == "gone.txt"
    (mail_there,) = rows(select(messages.c.html, messages.c.subject).where(messages.c.provider_id == "m7@example.com"))
    assert mail_there == ("<p>Dear <b>shop</b></p>\n", "Hi")
    assert {row.handle for row in rows(select(addresses)) if row.kind != "chatwoot"} == {
        "ada@example.com",
        "+12025550123",
    }


def test_tickets_of_zammad(hub, rows, tmp_path):
    when = {"created_at": "2019-03-04T10:15:00.119Z", "content_type": "text/plain", "internal": False, "type": "email"}
    tickets_there = [{"id": 7, "number": "22007", "title": "Order 7", "customer_id": 9}]
    articles_there = {
        7: [
            {
                **{**when, "id": 71, "sender": "Customer", "from": "Ada Lovelace <ada@example.com>"},
                **{"subject": "Order 7", "body": "<div>Where is <i>it</i>?</div>", "content_type": "text/html"},
                **{
                    "message_id": "<z1@example.com>",
                    "attachments": [{"id": 5, "filename": "plan.txt", "preferences": {}}],
                },
            },
            {**when, "id": 72, "sender": "Agent", "from": "Lena Maier <lena@shop.example>", "body": "On its way."},
            {
                **when,
                "id": 73,
                "sender": "Agent",
                "from": "Lena Maier",
                "body": "Called DHL",
                "type": "note",
                "internal": True,
            },
        ]
    }
    users = {
        9: {"id": 9, "firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com", "mobile": "0171 2345678"}
    }
    key = tmp_path / "token"
    key.write_text("secret")
    with serving(zammad(tickets_there, articles_there, users), "Authorization", "Token token=secret") as url:
        done = hub("conversations", url, "--from", "zammad", "--token-file", key)

    assert done == (0, "3 messages in 1 conversations added, 1 customers new, 0 messages known\n", "")
    ((subject, state, *_, spoken),) = talks(rows)
    assert (subject, state) == ("Order 7", "closed")
    assert spoken == [("in", "Where is it?"), ("out", "On its way."), ("note", "Called DHL")]
    assert rows(select(blobs.c.content)) == [(b"the plan",)]
    assert {row.handle for row in rows(select(addresses))} >= {"ada@example.com", "+491712345678"}
    # a mailbox that held the same mail brings it no second time
    box = mbox(tmp_path / "all.mbox", mail(1, "Where is it?"))
    box.write_bytes(box.read_bytes().replace(b"<1@mail.example.com>", b"<z1@example.com>"))
    assert hub("mail", box)[1].endswith("1 messages known\n")


def test_conversations_of_freescout(hub, rows, tmp_path):
    ada = {"id": 4, "type": "customer", "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
    lena = {"id": 1, "type": "user", "firstName": "Lena", "lastName": "Maier", "email": "lena@shop.example"}

    def thread(id, kind, body, by, **more):
        return {
            "id": id,
            "type": kind,
            "state": "published",
            "body": body,
            "createdBy": by,
            "createdAt": f"2019-03-0{id}T09:00:00Z",
            **more,
        }

    bill = {"attachments": [{"fileName": "bill.txt", "fileUrl": "/storage/bill.txt", "mimeType": "text/plain"}]}
    there = [
        {
            **{"id": 11, "number": 3, "subject": "Order 7", "customer": ada},
            "_embedded": {
                "threads": [
                    thread(4, "message", "<p>Never sent</p>", lena, state="draft"),
                    thread(3, "note", "<p>Be nice</p>", lena),
                    thread(2, "message", "<p>Here.</p>", lena, _embedded=bill),
                    thread(5, "lineitem", None, lena),
                    thread(1, "customer", "<p>My bill, please</p>", ada),
                ]
            },
        },
        {"id": 12, "number": 4, "subject": "Odd", "customer": ada, "_embedded": {}},
    ]
    key = tmp_path / "token"
    key.write_text("secret")
    with serving(freescout(there), "X-FreeScout-API-Key", "secret") as url:
        status, out, err = hub("conversations", url, "--from", "freescout", "--token-file", key)
        key.write_text("wrong")
        refused = hub("conversations", url, "--from", "freescout", "--token-file", key)

    assert (status, out) == (1, "3 messages in 1 conversations added, 1 customers new, 0 messages known\n1 refused\n")
    assert "it is not told as it should be" in err
    ((*_, spoken),) = talks(rows)
    assert spoken == [("in", "My bill, please"), ("out", "Here."), ("note", "Be nice")]
    assert rows(select(blobs.c.content)) == [(b"the bill",)]
    assert (refused[0], refused[2]) == (1, f"hub: {url} answered 401\n")


def test_what_a_mail_server_keeps(hub, rows, tmp_path):
    """Dovecot's own Maildir: folders are named as IMAP names them, and a mail may be packed."""
    with open_dovecot("secret") as server:
        with imaplib.IMAP4("127.0.0.1", server.port) as imap:
            imap.login("ada", "secret")
            for folder, flags, one in (
                ("INBOX", "", mail(1, "One")),
                ("INBOX", r"(\Deleted)", mail(2, "Thrown away")),
                ("Gesendete Elemente", r"(\Seen)", ours(3, "Three")),
                ("Entw&APw-rfe", r"(\Seen)", ours(4, "Never sent")),
                ("Gel&APY-scht &- alt", "", mail(5, "Five")),
            ):
                imap.create(f'"{folder}"')
                assert imap.append(f'"{folder}"', flags, None, one.as_bytes())[0] == "OK"
        box = server.home / "mail" / "ada"
        (sent,) = (box / ".Gesendete Elemente" / "cur").iterdir()
        sent.write_bytes(gzip.compress(sent.read_bytes()))

        done = hub("mail", box)

    assert done[1].splitlines()[1:] == ["1 left out: deleted or a draft"]
    assert {row.text for row in rows(select(messages.c.text))} == {"One", "Three", "Five"}


def test_folders_of_other_programs(hub, rows, tmp_path):
    apple, claws = tmp_path / "Messages", tmp_path / "Mail" / "inbox"
    for folder in (apple, claws, tmp_path / "Mail" / "trash"):
        folder.mkdir(parents=True)
    raw = mail(1, "Of Apple").as_bytes()
    (apple / "17.emlx").write_bytes(b"%d\n" % len(raw) + raw + b"<?xml version='1.0'?><plist></plist>\n")
    (claws / "1").write_bytes(mail(2, "Of Claws").as_bytes())
    (claws / ".claws_mark").write_bytes(b"\0\0")
    (tmp_path / "Mail" / "trash" / "1").write_bytes(mail(3, "Thrown away").as_bytes())

    assert hub("mail", apple, tmp_path / "Mail")[1].startswith("2 messages")
    assert {row.text for row in rows(select(messages.c.text))} == {"Of Apple", "Of Claws"}
