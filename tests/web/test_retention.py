"""How long things are kept: a rule counts only after it was shown what it would let go; then a job lets it go."""

import re

from hub.clock import DAY
from hub.model import Role
from hub.retention import let_go
from hub.store.audit import Deed, Entry, add_audit, list_audit
from hub.store.retention import load_rules

PAGE = "/settings/retention"


async def test_a_rule_counts_only_once_its_effect_was_looked_at(hub, signed_in, clock):
    await hub.store.write(add_audit, Entry(Deed.ERASED, "a"), clock.now())
    clock.forward(40 * DAY)
    owner = await signed_in(Role.OWNER)
    _, page = await owner.get(PAGE)
    assert "Would go now" not in page
    unseen = await (await owner.post(PAGE, {"audit": "30"})).text()
    assert "Nothing is gone yet" in unseen
    assert await hub.store.read(load_rules) == {}

    shown = await (await owner.post(f"{PAGE}/preview", {"audit": "30", "events": "77", "files": "30"})).text()
    assert re.findall(r'<td class="num"><b>(\d+)</b>', shown) == ["0", "1"]
    seen = re.search(r'name="seen" value="([^"]+)"', shown)
    assert seen
    answer = await owner.post(PAGE, {"audit": "30", "files": "30", "seen": seen[1]})
    assert answer.status == 303
    assert await hub.store.read(load_rules) == {"audit": 30, "files": 30}
    assert [one.about for one in await hub.store.read(list_audit, deed="retention_changed")] == [
        "audit 30 d, files 30 d"
    ]
    await let_go(hub.store, {}, clock.now())
    assert [one.about for one in await hub.store.read(list_audit, deed="let_go")] == ["audit: 1, 30 d"]
    assert await hub.store.read(list_audit, deed="erased") == []


async def test_only_who_manages_sees_the_rules(signed_in):
    assert (await (await signed_in(Role.SALES)).get(PAGE))[0] == 403
