"""An owner sees the pages as another role: said on every page, with that role's rights, and nothing is done."""

import pytest

from hub.model import Role
from hub.store.audit import list_audit
from hub.store.conversations import get_conversation
from hub.web.guard import END_SEEING, SEES_AS

BEGIN = "/settings/seeing"
SAID = "Nothing can be changed."


async def begin(owner, role: str):
    return await owner.post(BEGIN, {"role": role}, page="/agents")


async def test_every_page_says_so_and_shows_what_that_role_sees(signed_in, says, hub):
    owner, message = await signed_in(Role.OWNER), await says("Hello?")
    assert "See as this role" in (await owner.get("/agents"))[1]
    assert (await begin(owner, "marketing")).status == 303
    for path in ("/customers", "/settings", "/help", "/campaigns"):
        status, page = await owner.get(path)
        assert (status, SAID in page, "Marketing" in page) == (200, True, True), path
    for path in ("/inbox", f"/conversations/{message.conversation_id}", "/agents", "/audit"):
        status, page = await owner.get(path)
        assert (status, SAID in page) == (403, True), path
    assert (await owner.post(END_SEEING, page="/customers")).status == 303
    status, page = await owner.get("/inbox")
    assert (status, SAID in page) == (200, False)
    told = [(one.deed, one.about) for one in await hub.store.read(list_audit, deed="seen_as", limit=9)]
    assert told == [("seen_as", "marketing: ended"), ("seen_as", "marketing")]


async def test_nothing_is_done_meanwhile_though_the_role_might(signed_in, says, hub):
    owner, message = await signed_in(Role.OWNER), await says("Hello?")
    await begin(owner, "admin")
    page = f"/conversations/{message.conversation_id}"
    assert (await owner.get(page))[0] == 200
    for act, form in (("closure", {}), ("reading", {}), ("replies", {"text": "Yes", "channel": "texts"})):
        refused = await owner.post(f"{page}/{act}", form, page=page)
        assert (refused.status, "nothing was changed" in await refused.text()) == (403, True), act
    assert (await owner.post("/settings", {"name": "Olga"}, page=page)).status == 403
    assert (await begin(owner, "agent")).status == 403
    after = await hub.store.read(get_conversation, message.conversation_id)
    assert (after.state, after.message_count, after.unread) == ("open", 1, 1)
    assert (await owner.post("/logout", page=page)).status == 303


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT, Role.READ_ONLY])
async def test_only_owners_can_and_the_cookie_gives_nobody_more_than_they_have(signed_in, role):
    visitor = await signed_in(role)
    refused = await visitor.post(BEGIN, {"role": "agent"}, page="/settings")
    forged = await visitor.get("/agents", cookies={SEES_AS: "admin"})
    assert refused.status == 403
    assert (forged[0], SAID in forged[1]) == ((200 if role == Role.ADMIN else 403), False)


async def test_there_is_no_looking_as_an_owner_nor_as_what_is_no_role(signed_in):
    owner = await signed_in(Role.OWNER)
    assert [(await begin(owner, role)).status for role in ("owner", "king", "")] == [422] * 3
    assert SAID not in (await owner.get("/agents", cookies={SEES_AS: "king"}))[1]
