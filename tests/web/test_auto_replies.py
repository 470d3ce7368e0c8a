"""Automatic replies in the settings: written, previewed, switched and deleted, and wrong ones told in words."""

from hub.model import Role
from hub.store.audit import list_audit
from hub.store.auto_replies import list_auto_replies

PAGE = "/settings/auto-replies"
FORM = {
    "name": "Night",
    "when": "closed",
    "hours": "24",
    "channels": "texts",
    "subject_en": "Closed",
    "text_en": "Bye.",
}


async def test_one_is_written_changed_switched_and_deleted_on_its_page(signed_in, hub):
    owner = await signed_in(Role.OWNER)
    _, empty = await owner.get(PAGE)
    made = await owner.post(PAGE, FORM, page=PAGE)
    [kept] = await hub.store.read(list_auto_replies)
    _, shown = await owner.get(f"{PAGE}?open={kept.id}")
    changed = await owner.post(f"{PAGE}/{kept.id}", FORM | {"text_de": "Tschüs.", "hours": "48"}, page=PAGE)
    off = await owner.post(f"{PAGE}/{kept.id}/state", {"state": "off"}, page=PAGE)
    [after] = await hub.store.read(list_auto_replies)
    gone = await owner.post(f"{PAGE}/{kept.id}/removal", page=PAGE)

    assert {one.status for one in (made, changed, off, gone)} == {303}
    assert "We got your message" in empty
    assert "No automatic reply is on" in empty
    assert (kept.active, kept.channels, kept.hours) == (True, ("texts",), 24)
    assert "Bye." in shown
    assert (after.active, after.hours, list(after.words)) == (False, 48, ["de", "en"])
    assert await hub.store.read(list_auto_replies) == []
    told = [note.about for note in await hub.store.read(list_audit, deed="auto_reply_changed", limit=9)]
    assert told == ["Night: deleted", "Night: off", "Night", "Night"]


async def test_the_preview_shows_what_a_customer_reads_and_keeps_nothing(signed_in, hub):
    owner = await signed_in(Role.OWNER)
    form = FORM | {"text_en": "{{ company.name }} is closed."}
    seen = await owner.post(f"{PAGE}/preview", form, page=PAGE)

    assert seen.status == 200
    assert f"{hub.settings.company.name} is closed." in await seen.text()
    assert await hub.store.read(list_auto_replies) == []


async def test_what_cannot_be_kept_is_told_in_words_and_stays_in_the_form(signed_in, hub):
    owner = await signed_in(Role.OWNER)
    wrong = {
        "Give it a name": {"name": " "},
        "1 to 720": {"hours": "0"},
        "in one language at least": {"text_en": "", "subject_en": "Closed"},
        "unknown name &#34;customer&#34;": {"text_en": "Dear {{ customer.name }}"},
    }
    for words, field in wrong.items():
        refused = await owner.post(PAGE, FORM | field, page=PAGE)
        said = await refused.text()
        assert (refused.status, words in said) == (422, True), (words, said)
        assert "Closed" in said
    assert await hub.store.read(list_auto_replies) == []
