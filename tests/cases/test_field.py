"""Cases people met with other systems, over the door each comes through, its input as it was given; `right` in the
folder says in words what is asked here."""

from pathlib import Path

import pytest

from hub.model import Attachment
from hub.store.blobs import add_attachment
from hub.store.customers import list_addresses
from hub.store.search import search_messages
from hub.store.search_index import read_indexed
from hub.templating.links import location_of
from hub.templating.template import MessageTemplate
from tests.cases.conftest import FIELD, MAILBOX, World, case, given
from tests.running import until

BROUGHT = {
    "imp-google": (
        "Erika Importfrau",
        {"email": "imp3@imp.example | imp3b@imp.example | imp3c@imp.example", "phone": "+4915122222227"},
    ),
    "imp-number-without-plus": ("Ohne Plus", {"phone": "+4915112345678"}),
    "imp-sep-line": ("Sepp", {"email": "imp5@imp.example"}),
    "imp-two-columns-of-a-kind": ("Zwei", {"email": "imp6@imp.example | imp6b@imp.example"}),
    "imp-vcard-cp1252": ("Anna Šimek", {"email": "anna9@imp.example"}),
    "imp-vcard-extension": ("Dora", {"claimed": "phone:+491711234567"}),
    "imp-vcard-fold-inside-letter": ("Anna Müller", {"email": "anna8@imp.example"}),
    "imp-vcard-macintosh": ("Erika Küchle", {"email": "imp7@imp.example"}),
    "imp-vcard-soft-break": ("Anna Maria Müller", {"phone": "+491711234599"}),
}
READ = {  # what can be read in the message's words
    "mail-base64-segments": ["Teil eins und zwei"],
    "mail-calendar-reply": ["declined", "Geht es auch um 12?"],
    "mail-enriched-only": ["enriched Text"],
    "mail-form-german": ["Ich brauche Hilfe"],
    "mail-forward-fyi": ["zur Info", "Lieferung 97 kommt erst Montag"],
    "mail-inline-answers": ["Welche Größe?", "42"],
    "mail-smime-opaque": ["Bitte um Rückruf wegen Bestellung 4711."],
    "wa-flow-reply": ["2026-12-01"],
    "wa-location-with-text": ["Kommen Sie hierher", "52.52", "13.40"],
    "wa-referral": ["Ich interessiere mich", "Rad-Sale", "https://fb.example/ad/9"],
    "tg-text-link": ["https://shop.example/angebot?id=77"],
    "tg-payment": ["12.50 EUR", "order-12"],
    "tg-contact-vcard": ["Laden", "laden@x.example"],
    "tg-forward": ["Inkasso Meier", "Ihre Rechnung ist überfällig"],
}
FILES = {
    "mail-calendar-reply": ("attachment-1.ics", "text/calendar"),
    "mail-smime-opaque": ("smime.p7m", "application/x-pkcs7-mime"),
    "mail-encoded-content-type": ("Vertrag_Müller.pdf", "application/pdf"),
    "mail-rtf-inline": ("Schreiben.rtf", "text/rtf"),
}
FOUND = {"search-cjk-inside": "订单号", "search-umlaut-as-vowel": "storungsmelder"}
TRACKED = {
    "camp-link-currency": "https://s.example/kasse?artikel=1&currency=EUR",
    "camp-link-umlaut": "https://xn--mller-kva.example/weg#gr%C3%BCn",
}
BY_THEMSELVES = {
    "camp-text-from-table",
    *("api-type-with-two-mailboxes", "mail-cid-percent", "mail-from-comma", "mail-from-ourselves"),
    *("mail-google-group", "mail-google-group-closed", "mail-ooo-x-precedence", "mail-reply-to"),
    *("rcs-same-person", "wa-brazil-ninth-digit", "wa-bsuid-case", "wa-three-files"),
    *("imp-error-cells", "tg-edited-file", "tg-service-auto-delete", "tg-stop-sentence"),
}


def test_every_case_of_the_folder_is_asked():
    asked = {*BROUGHT, *READ, *FILES, *FOUND, *TRACKED, *BY_THEMSELVES}

    assert sorted(asked) == sorted(path.stem for path in FIELD.glob("*.json"))


@pytest.mark.parametrize("name", BROUGHT)
def test_a_list_brings_who_stands_in_it(desk, name):
    told = desk.bring(given(name), name=Path(case(name)["file"]).name)
    who, said = BROUGHT[name]

    assert told.out.startswith(("1 added", "2 added")), told
    found = desk.people()[who]
    assert {key: found.get(key) for key in said} == said
    if name == "imp-vcard-extension":
        assert "extension 5 of" in told.err
    if name == "imp-vcard-fold-inside-letter":
        assert "Jürgen Groß" in desk.people()


@pytest.mark.parametrize(("kind", "last", "sound"), [("csv", 3, set()), ("xlsx", 4, {"Bob"})])
def test_an_error_of_a_spreadsheet_adds_nobody_and_is_named(desk, kind, last, sound):
    """The workbook holds a sound row between the two."""
    told = desk.bring((FIELD / f"imp-error-cells.{kind}").read_bytes(), name=f"given.{kind}")

    assert told.out == f"{len(sound)} added, 0 changed, 0 unchanged, 2 refused\n"
    assert "row 2: column C (phone): #N/A is an error of the spreadsheet" in told.err
    assert f"row {last}: column B (email): #N/A is an error of the spreadsheet" in told.err
    assert set(desk.people()) == sound


@pytest.mark.parametrize("name", TRACKED)
def test_a_tracked_link_leads_where_its_author_meant(name):
    template = MessageTemplate({"subject.txt": "x", "email.html": given(name).decode()}, track=True)

    assert [location_of(url) for url in template.urls] == [TRACKED[name]]
    assert case(name)["right"].endswith(TRACKED[name])


def test_the_text_of_a_mail_keeps_cells_apart():
    template = MessageTemplate({"subject.txt": "x", "email.html": given("camp-text-from-table").decode()})

    rows = [line.split() for line in template.text("email", "de", {}).splitlines() if line.strip()]

    assert rows == [["2", "19,90", "EUR"], ["Kabel", "5", "EUR"]]


async def test_words_and_files_of_a_mail_reach_an_agent(world):
    for name in dict.fromkeys([*(name for name in READ if name.startswith("mail-")), *FILES]):
        message = await world.post(name)
        shown = [message.text.find(words) for words in READ.get(name, [])]
        assert (-1 not in shown, sorted(shown)) == (True, shown), (name, message.text)
        assert message.quoted_text == "", name
        files = [(file.filename, file.content_type) for file in await world.files(message)]
        assert name not in FILES or files == [FILES[name]], (name, files)

    picture = await world.post("mail-cid-percent")
    assert "data-missing" not in picture.html
    assert "data:image/png" in picture.html
    assert (await world.post("mail-from-comma")).author_name == "Meier, Hans"


async def test_a_person_waits_and_a_machine_does_not(world):
    group = await world.conversation(await world.post("mail-google-group"))
    away = await world.conversation(await world.post("mail-ooo-x-precedence"))
    again = f"{case('mail-google-group-closed')['name']}@kunde.example"
    first = f"From: Kunde <{again}>\r\nTo: {MAILBOX}\r\nSubject: Frage\r\nMessage-ID: <first@x>\r\n\r\nHallo\r\n"
    await world.done(await world.hand_in(first.encode(), again, "first@x"))
    back = await world.conversation(await world.post("mail-google-group-closed"))

    assert group.waiting_since
    assert not away.waiting_since
    assert (back.state, bool(back.waiting_since)) == ("open", True)


async def test_the_answer_goes_to_whom_wrote_and_leaves_from_the_mailbox_that_was_asked(world):
    for name, to in (("mail-from-ourselves", "nora@kunde.example"), ("mail-reply-to", "ada@kunde.example")):
        message = await world.post(name)
        reached = await world.office.hub.store.read(list_addresses, message.customer_id)
        assert MAILBOX not in [one.handle for one in reached]
        await world.answer(message, "Gern.")
        [mail] = world.inbox(to)
        assert "Gern." in mail.as_string()
    name = "api-type-with-two-mailboxes"
    await world.answer(await world.post(name), "Aus dem richtigen.", channel="email")
    [mail] = world.inbox(f"{name}@kunde.example")
    assert MAILBOX in str(mail["From"])


async def test_what_a_mail_said_is_found(world):
    for name, query in FOUND.items():
        message = await world.post(name)

        async def hits(query: str = query) -> list[str]:
            store = world.office.hub.store
            return [hit.id for hit in await read_indexed(store, query, search_messages, query, None, 10)]

        assert await until(hits, name) == [message.id]


async def test_texts_can_be_read_and_are_answered_as_they_came(world):
    for name in (name for name in READ if name.startswith("wa-")):
        [told] = case(name)["messages"]
        text = (await world.text(name, told)).text
        assert [words for words in READ[name] if words not in text] == [], (name, text)

    [hidden] = case("wa-bsuid-case")["messages"]
    await world.answer(await world.text("wa-bsuid-case", hidden), "Hallo Lena")
    assert world.twilio.messages[-1].to == "whatsapp:DE.AbC134912086553"


@pytest.mark.parametrize("name", ["rcs-same-person", "wa-brazil-ninth-digit"])
async def test_one_person_is_one_customer_and_can_be_answered(world, name):
    came = [await world.text(name, told) for told in case(name)["messages"]]

    assert len({message.customer_id for message in came}) == 1
    await world.answer(came[-1], "Ja.")


async def test_three_files_leave_in_three_requests_with_the_words(world):
    [told] = case("wa-three-files")["messages"]
    message = await world.text("wa-three-files", told)
    store, now = world.office.hub.store, world.office.hub.clock.now()
    pictures = [Attachment(f"{n}.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes([n])) for n in range(3)]
    ids = [await store.write(add_attachment, picture, now) for picture in pictures]
    await world.office.reply(await world.conversation(message), text="Bitte", channel="wa", attachments=ids)

    async def left() -> bool:
        out = [one for one in world.twilio.messages if one.direction == "outbound-api"]
        return [(one.body, len(one.media)) for one in out] == [("Bitte", 1), ("", 1), ("", 1)]

    assert await until(left, "three messages")


async def test_what_telegram_brings_can_be_read(world):
    for user, name in enumerate((name for name in READ if name.startswith("tg-")), 1815):
        [update] = case(name)["updates"]
        message = await world.said(user, await world.update(user, update))
        assert [words for words in READ[name] if words not in message.text] == [], (name, message.text)
        assert name != "tg-forward" or message.parts["shared"] == ["forwarded"]


async def test_a_file_that_an_edit_replaced_stands_with_the_message(world: World):
    first, edit = case("tg-edited-file")["updates"]
    message = await world.said(50, await world.update(50, first))
    await world.update(50, edit)

    async def names() -> bool:
        return "richtig.pdf" in [file.filename for file in await world.files(message)]

    await until(names, "the new file")


async def test_a_timer_reopens_nothing_and_a_sentence_is_no_stop(world: World):
    thanks, _, timer = case("tg-service-auto-delete")["updates"]
    message = await world.said(51, await world.update(51, thanks))
    await world.done(message)
    await world.update(51, timer)
    [sentence] = case("tg-stop-sentence")["updates"]
    asked = await world.said(52, await world.update(52, sentence))
    await world.answer(asked, "Gern am Telefon.")

    closed = await world.conversation(message)
    assert (closed.state, closed.waiting_since) == ("closed", None)
