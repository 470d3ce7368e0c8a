"""Nothing leaves round the one check, `may_leave`: the code itself is walked, from each way out back to who asks.

A delivery is made by the planner, leased by `claim`, committed to by `claim`, and handed to a channel by the sender or
its bulk lane; a letter is laid into a run by the tray. Each of these steps is taken in one place, which asks first.
What the rules say is also shown code that breaks them.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import shape

ROOT = Path(__file__).parent.parent
HUB = sorted(ROOT.glob("hub/**/*.py"))
CHANNELS = sorted(ROOT.glob("channels/**/*.py"))
KEEPERS = ("hub.store.outbox", "hub.store.print_runs")
DECIDES = ("purpose", "lane", "customer_id", "campaign_id")  # what the rule goes by, and is not changed once planned


@dataclass(frozen=True)
class Step:
    """Called as `call`, nowhere but in this module's function, which calls one of `asked` before it."""

    call: str
    module: str
    function: str
    asked: Sequence[str]
    of: str = ""  # then: a method, awaited, of what is called so


STEPS = (
    Step("lease", "hub.outbound.claim", "claim_deliveries", ["rule"]),
    Step("mark_committing", "hub.outbound.claim", "commit", ["_may_go"]),
    Step("add_run", "hub.letters.tray", "print_letters", ["rule"]),
    Step("send", "hub.outbound.sender", "_deliver", [], of="channel"),  # which is handed _commit, see below
    Step("carry", "hub.outbound.bulk", "_carry", [], of="bulk"),
    Step("launch", "hub.outbound.bulk", "stroke", ["write_first"]),
)


def name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def holders(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Each call, and the function it stands in ("" outside of all)."""
    inside = {id(call): function.name for function in shape.functions(tree) for call in calls(function)}
    return ((inside.get(id(call), ""), call) for call in calls(tree))


def steps_are_taken_where_the_rule_is_asked(module: str, tree: ast.Module) -> Iterator[str]:
    for function, call in holders(tree):
        for step in STEPS:
            if not _takes(call, step):
                continue
            if (module, function) != (step.module, step.function):
                yield f"line {call.lineno}: {step.call}, which only {step.module} {step.function} may do"
            elif step.asked and not _asks_before(tree, function, step.asked, call):
                yield f"line {call.lineno}: {step.call} before {step.asked} was asked"


def _takes(call: ast.Call, step: Step) -> bool:
    of = getattr(call.func, "value", None)
    return name_of(call) == step.call and step.of in ("", getattr(of, "attr", getattr(of, "id", "")))


def _asks_before(tree: ast.Module, function: str, asked: Sequence[str], call: ast.Call) -> bool:
    [body] = [one for one in shape.functions(tree) if one.name == function]
    return any(name_of(one) in asked and one.lineno <= call.lineno for one in calls(body))


def steps_are_not_handed_about(module: str, tree: ast.Module) -> Iterator[str]:
    """`store.write(lease, ...)` would take the step without a call of it that can be seen."""
    called = {id(call.func) for call in calls(tree)}
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in KEEPERS]
    names = {alias.name for node in taken for alias in node.names} & {step.call for step in STEPS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names and id(node) not in called:
            yield f"line {node.lineno}: hands {node.id} to somebody"
    for node in taken:
        yield from (f"imports {alias.name} as {alias.asname}" for alias in node.names if alias.asname)


def planner_hands_out_only_what_was_decided(module: str, tree: ast.Module) -> Iterator[str]:
    if module != shape.PLANNER:
        return
    for function in shape.functions(tree):
        made = [call for call in calls(function) if name_of(call) in ("_draft", "NewDelivery")]
        if function.name != "_draft" and made and not _returns_only(function, "_decided"):
            yield f"{function.name} hands out what nobody decided on"
        if function.name == "_decided" and not any(name_of(call) == "rule" for call in calls(function)):
            yield "_decided asks no rule"


def _returns_only(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return all(isinstance(value, ast.Call) and name_of(value) == name for value in values)


def one_rule_decides(module: str, tree: ast.Module) -> Iterator[str]:
    """Who asks is given it by the context of the hub, which takes `may_leave` and what [advertising] says."""
    for call in calls(tree):
        if name_of(call) == "LeaveRule" and module != "hub.context":
            yield f"line {call.lineno}: makes a rule of its own"
    for node in ast.walk(tree):
        named = isinstance(node, ast.Name) and node.id == "may_leave"
        if named and module not in ("hub.context", shape.PLANNER):
            yield f"line {node.lineno}: takes the rule past the context"


def what_decides_stays_as_planned(module: str, tree: ast.Module) -> Iterator[str]:
    """Neither a planned delivery nor its row is given another purpose, lane, customer or campaign."""
    deals = "NewDelivery" in {name for node in ast.walk(tree) for name in _imports(node)} or module == shape.KEEPER
    for call in calls(tree):
        changed = {word.arg for word in call.keywords} & set(DECIDES)
        if deals and name_of(call) == "replace" and changed:
            yield f"line {call.lineno}: changes {sorted(changed)} of what may be a planned delivery"
        of_rows = name_of(call) == "values" and "deliveries" in ast.dump(call.func)
        if of_rows and changed - {"customer_id"}:  # a merge gives rows to whom the customer became part of
            yield f"line {call.lineno}: changes {sorted(changed)} of deliveries"


def _imports(node: ast.AST) -> list[str]:
    return [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []


def adapters_commit_before_they_are_through(module: str, tree: ast.Module) -> Iterator[str]:
    """Whatever is handed `committing` awaits it or hands it on; only what waits for nothing needs not."""
    for function in shape.functions(tree):
        if "committing" not in {arg.arg for arg in function.args.args}:
            continue
        used = any(isinstance(node, ast.Name) and node.id == "committing" for node in ast.walk(function))
        if not used and any(isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) for node in ast.walk(function)):
            yield f"{function.name} sends without asking"


RULES = (
    steps_are_taken_where_the_rule_is_asked,
    steps_are_not_handed_about,
    planner_hands_out_only_what_was_decided,
    one_rule_decides,
    what_decides_stays_as_planned,
)
PLAIN = "def _draft():\n    return NewDelivery()\n"
BROKEN = [
    ("hub.web.x", "async def show(channel):\n    await channel.send(1, 2)", steps_are_taken_where_the_rule_is_asked),
    ("hub.jobs.x", "def f(conn):\n    lease(conn, due)", steps_are_taken_where_the_rule_is_asked),
    ("hub.outbound.claim", "def commit():\n    mark_committing()", steps_are_taken_where_the_rule_is_asked),
    ("hub.outbound.claim", "def claim_deliveries():\n    lease()\n    rule()", steps_are_taken_where_the_rule_is_asked),
    ("hub.letters.x", "def f():\n    outbox.add_run()", steps_are_taken_where_the_rule_is_asked),
    ("hub.outbound.x", "async def f(b):\n    await b.bulk.carry([])", steps_are_taken_where_the_rule_is_asked),
    ("hub.jobs.x", "from hub.store.outbox import lease\nstore.write(lease, due)", steps_are_not_handed_about),
    (shape.PLANNER, f"{PLAIN}def plan():\n    return _draft()", planner_hands_out_only_what_was_decided),
    (shape.PLANNER, "def _decided(rule, draft):\n    return draft", planner_hands_out_only_what_was_decided),
    ("hub.campaigns.x", "rule = LeaveRule(lambda *_: GO)", one_rule_decides),
    ("hub.campaigns.x", "verdict = may_leave(item, standing, at)", one_rule_decides),
    (shape.KEEPER, "x = replace(new, purpose='')", what_decides_stays_as_planned),
    ("hub.store.x", "conn.execute(update(deliveries).values(lane=0))", what_decides_stays_as_planned),
    ("channels.x", "async def send(m, committing):\n    await post(m)", adapters_commit_before_they_are_through),
]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def problems(paths, rules) -> list[str]:
    trees = {module_of(path): ast.parse(path.read_text("utf-8")) for path in paths}
    return [f"{name}: {told}" for name, tree in trees.items() for rule in rules for told in rule(name, tree)]


def test_no_way_out_of_the_hub_goes_round_the_check():
    assert problems([path for path in HUB if "sandbox" not in path.parts and "bench" not in path.parts], RULES) == []


def test_every_step_out_is_still_taken():
    """A step that was given another name would be looked for in vain."""
    taken = {
        (module_of(path), function, name_of(call))
        for path in HUB
        for function, call in holders(ast.parse(path.read_text("utf-8")))
    }
    assert [step for step in STEPS if (step.module, step.function, step.call) not in taken] == []


def test_the_byte_that_cannot_be_taken_back_waits_for_the_second_question():
    """What the sender hands to a channel as `committing` asks the ledger, and the ledger `claim.commit`."""
    sender = ast.parse((ROOT / "hub/outbound/sender.py").read_text("utf-8"))
    [send] = [call for function, call in holders(sender) if (function, name_of(call)) == ("_deliver", "send")]
    assert [name_of(call) for call in calls(send.args[1])] == ["_commit"]
    assert ("_commit", "commit") in {(function, name_of(call)) for function, call in holders(sender)}
    for name, within in (("ledger", "_commit"), ("bulk_ledger", "stroke")):
        ledger = ast.parse((ROOT / f"hub/outbound/{name}.py").read_text("utf-8"))
        [body] = [function for function in shape.functions(ledger) if function.name == within]
        assert "commit" in {node.id for node in ast.walk(body) if isinstance(node, ast.Name)}


def test_every_adapter_asks_before_anything_leaves():
    assert problems(CHANNELS, [adapters_commit_before_they_are_through]) == []


@pytest.mark.parametrize(("module", "source", "rule"), BROKEN)
def test_rule_notices_who_goes_round(module, source, rule):
    assert list(rule(module, ast.parse(source)))
