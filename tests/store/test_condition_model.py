"""Conditions find, on both engines, whom a reading of the data in plain Python finds; what stands in values and names
of fields is only that."""

import re

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from hub.store.audience import Audience, list_members
from hub.store.condition_tree import read_condition
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import NewCustomer, add_customer, mark_customer_labels
from hub.store.tables import customer_labels, customers

NOW = 1_795_000_000_000
HOSTILE = [
    "",
    "%",
    "_",
    "50%_x",
    "'",
    "''; --",
    '"',
    "\\",
    "a\nb",
    "\t",
    "\x1f",
    "Ö",
    "öz",
    "ÖZTÜRK",
    "ß",
    "ẞ",
    "[a]",
    "*",
    "?",
    "Иванов",
    "ИВАНОВА",
    "Öößäüé^$.",
]
NUMBERS = [
    "12",
    "-3",
    "0.5",
    "007",
    "03.05.1984",
    "1.2.3",
    "1.",
    ".5",
    "-",
    "1-2",
    "1e3",
    "٣",
    "12 ",
    "1,5",
    "9" * 16,
    "1.234,50",
]
texts = st.sampled_from([*HOSTILE, *NUMBERS])
names = st.sampled_from(["plan", 'Umsatz "netto"', "it's", "a.b", "größe", "x[0]", "$.y", "100%"])
values = texts | st.sampled_from([0, 7, -3, 0.5, 12, True, False])
person = st.fixed_dictionaries(
    {
        "name": texts,
        "language": st.sampled_from(["", "de", "en"]),
        "fields": st.dictionaries(names, values, max_size=4),
        "labels": st.lists(st.sampled_from(["vip", "%", "'"]), unique=True, max_size=2),
        "agreed": st.booleans(),
    }
)
fields = st.sampled_from(["name", "language"]) | names.map(lambda name: f"fields.{name}")
leaves = st.one_of(
    st.builds(
        lambda op, field, value: {"op": op, "field": field, "value": value},
        st.sampled_from(["is", "is_not", "contains", "starts_with"]),
        fields,
        texts.filter(bool),
    ),
    st.builds(
        lambda op, field, value: {"op": op, "field": field, "value": value},
        st.sampled_from(["is", "is_not", "greater", "less"]),
        fields,
        st.sampled_from([0, 7, -3, 0.5, 12, 3]),
    ),
    st.builds(lambda op, field: {"op": op, "field": field}, st.sampled_from(["is_set", "is_not_set"]), fields),
    st.builds(lambda name: {"op": "label", "name": name}, st.sampled_from(["vip", "%", "'", "_"])),
    st.just({"op": "consent", "purpose": "news"}),
)
trees = st.recursive(
    leaves,
    lambda below: (
        st.builds(lambda op, of: {"op": op, "of": of}, st.sampled_from(["and", "or"]), st.lists(below, max_size=3))
        | st.builds(lambda of: {"op": "not", "of": of}, below)
    ),
    max_leaves=5,
)


def holds(tree, one):
    """True, False, or None where nothing can be said: neither it nor its opposite finds them."""
    op = tree["op"]
    if op in ("and", "or"):
        said = [holds(each, one) for each in tree["of"]]
        decisive = op == "or"
        return decisive if decisive in said else None if None in said else not decisive
    if op == "not":
        said = holds(tree["of"], one)
        return None if said is None else not said
    if op == "label":
        return tree["name"] in one["labels"]
    if op == "consent":
        return one["agreed"]
    return _compared(op, _text(tree["field"], one), tree.get("value"))


def _text(field, one):
    """As it is stored: None where it is missing."""
    value = one["fields"].get(field.removeprefix("fields.")) if field.startswith("fields.") else one[field]
    return (
        value
        if value is None or isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _compared(op, text, value):
    if op in ("is_set", "is_not_set"):
        return bool(text) == (op == "is_set")
    number = None if text is None or isinstance(value, str) else _number(text)
    if op in ("is", "is_not"):
        same = text == value if isinstance(value, str) else number == value
        return same == (op == "is")
    if op in ("contains", "starts_with"):
        if text is None:
            return None
        return value.lower() in text.lower() if op == "contains" else text.lower().startswith(value.lower())
    return None if number is None else number > value if op == "greater" else number < value


def _number(text):
    return float(text) if re.fullmatch(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", text) else None


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    told=[{"name": "03.05.1984", "language": "", "fields": {}, "labels": [], "agreed": False}],
    tree={"op": "greater", "field": "name", "value": 0},
)
@example(
    told=[{"name": "ÖZTÜRK", "language": "", "fields": {}, "labels": [], "agreed": False}],
    tree={"op": "contains", "field": "name", "value": "öz"},
)
@example(
    told=[{"name": "Сергей Иванов", "language": "", "fields": {}, "labels": [], "agreed": False}],
    tree={"op": "contains", "field": "name", "value": "Иванов"},
)
@example(
    told=[{"name": "(Öößäüé^$.)", "language": "", "fields": {}, "labels": [], "agreed": False}],
    tree={"op": "starts_with", "field": "name", "value": "(öÖß"},
)
@given(told=st.lists(person, min_size=1, max_size=5), tree=trees)
async def test_a_condition_finds_whom_plain_python_finds(store, told, tree):
    def look(conn):
        conn.execute(customer_labels.delete())
        conn.execute(customers.update().values(erased_at=1))
        ids = [_add(conn, one) for one in told]
        found = list_members(conn, Audience(condition=read_condition(tree)), NOW, None, 100)
        return [one for id, one in zip(ids, told, strict=True) if id in found]

    assert await store.write(look) == [one for one in told if holds(tree, one)]


def _add(conn, one):
    id = add_customer(conn, NewCustomer(name=one["name"], language=one["language"], fields=one["fields"]), NOW)
    mark_customer_labels(conn, id, one["labels"], NOW)
    if one["agreed"]:
        append_consent(conn, id, Consent("email", "news", GRANTED), NOW)
    return id
