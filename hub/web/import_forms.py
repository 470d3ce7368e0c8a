"""What the forms of an import say: what each column becomes, how rows meet customers we know, on what basis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.batches import EXISTING, FILL
from hub.exchange.columns import is_who, plain
from hub.exchange.deciding import BASES, PROVEN, Rules
from hub.exchange.headings import CATEGORIES, IGNORED, OURS, PARTS_OF_NAME, PHONE_LABEL
from hub.exchange.values import KINDS
from hub.kinds import is_word
from hub.web.forms import Form

NAMED = ("field", "consent", "reach")  # targets that a name follows: field:<name>
PLAIN = (
    *("name", *PARTS_OF_NAME, "email", "phone", "labels", "language", "timezone", "preferred_channel"),
    *("telegram", "webchat", "letter", "claimed", "id", CATEGORIES, PHONE_LABEL),
)
MAX_FIELD, MAX_PURPOSE, MAX_PROOF = 64, 200, 500
AGREEABLE = ("email", "sms", "whatsapp", "voice", "letter", "telegram")  # kinds of channel a list may have consent for
Column = Mapping[str, Any]

assert set(OURS) <= {*PLAIN}


def read_columns(form: Form, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """As the form decides them. Raises InvalidInput: what a column becomes has no name, or none says who it is."""
    decided = [_decided(form, place, column) for place, column in enumerate(columns)]
    if not any(is_who(column["target"]) for column in decided):
        raise InvalidInput("no column says who it is", "columns", "import_nobody")
    return decided


def _decided(form: Form, place: int, column: Column) -> dict[str, Any]:
    target, name = _text(form, f"target_{place}"), _text(form, f"name_{place}")
    kind = _text(form, f"kind_{place}")
    if not column["heading"] or (target not in PLAIN and target not in NAMED and target != IGNORED):
        return dict(column)
    if target in NAMED:
        target = f"{target}:{_checked_name(target, name)}"
    kind = kind if kind in KINDS and target.startswith("field:") else column["kind"]
    if (target, kind) == (column["target"], column["kind"]):
        return dict(column)
    return {**column, "target": target, "kind": kind, "becomes": "", "decided": True}


_NAMELESS = {"field": "import_field", "consent": "import_consent", "reach": "import_reach"}


def _checked_name(target: str, name: str) -> str:
    if target == "field" and 1 <= len(name) <= MAX_FIELD:
        return name
    kind, _, purpose = name.partition(":")
    if target == "consent" and is_word(kind) and 1 <= len(purpose.strip()) <= MAX_PURPOSE:
        return f"{kind}:{purpose.strip()}"
    if target == "reach" and is_word(name):
        return name
    raise InvalidInput(f"a column that becomes {target} needs a name", "columns", _NAMELESS[target])


def choices_of(columns: Sequence[Column]) -> dict[str, tuple[str, str]]:
    """Of the columns that somebody decided, for `hub.exchange.columns.remember`."""
    decided = (one for one in columns if one.get("decided") or one.get("remembered"))
    return {plain(one["heading"]): (one["target"], one["kind"]) for one in decided}


def read_country(form: Form, otherwise: str) -> str:
    country = _text(form, "country").upper() or otherwise
    if len(country) != len("DE") or not (country.isascii() and country.isalpha()):
        raise InvalidInput("a country has two letters", "country", "import_country")
    return country


def read_rules(form: Form, rules: Rules) -> Rules:
    """Raises InvalidInput where the basis is not said, or is not whole."""
    existing, basis = _text(form, "existing"), _text(form, "basis")
    told = replace(
        rules,
        existing=existing if existing in EXISTING else FILL,
        basis=basis if basis in BASES else "",
        purpose="",
        kinds=(),
        proof="",
    )
    if not told.basis:
        raise InvalidInput("say on what basis", "basis", "import_basis")
    if told.basis != PROVEN:
        return told
    kinds = [kind for kind in AGREEABLE if kind in form.getall("kinds", [])]
    told = replace(
        told, purpose=_text(form, "purpose")[:MAX_PURPOSE], kinds=kinds, proof=_text(form, "proof")[:MAX_PROOF]
    )
    if not (told.purpose and told.kinds and told.proof):
        raise InvalidInput("say for what, on which channels, and where it was said", "proof", "import_proof")
    return told


def _text(form: Form, name: str) -> str:
    return " ".join(str(form.get(name, "")).split())
