"""What the forms of an import say: what each column becomes, how rows meet customers we know, on what basis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.errors import InvalidInput
from hub.exchange.batches import EXISTING, FILL
from hub.exchange.columns import is_who, plain
from hub.exchange.deciding import BASES, NONE, PROVEN, TOLD, Rules
from hub.exchange.headings import CATEGORIES, IGNORED, OURS, PARTS_OF_NAME, PHONE_LABEL
from hub.exchange.values import KINDS
from hub.kinds import is_word
from hub.web.forms import Form

NAMED = ("field", "consent", "refusal", "reach")  # targets that a name follows: field:<name>
AGREEING = ("consent", "refusal")
PLAIN = (
    *("name", *PARTS_OF_NAME, "email", "phone", "labels", "language", "timezone", "preferred_channel"),
    *("telegram", "webchat", "letter", "claimed", "id", CATEGORIES, PHONE_LABEL),
)
MAX_FIELD, MAX_PURPOSE, MAX_PROOF = 64, 200, 500
AGREEABLE = ("email", "sms", "whatsapp", "voice", "letter", "telegram")  # kinds of channel a list may have consent for
Column = Mapping[str, Any]

assert set(OURS) <= {*PLAIN}


class Faulty(InvalidInput):
    """What a form lacks, wherever it does. faults: field -> code of hub.web.refusals."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(f"look again at {', '.join(faults)}", next(iter(faults)), "import_marked")
        self.faults = faults


class Wrongs:
    """Gathers what is wrong with several parts of one form, so that all of it is told at once."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Faulty):
            return False
        self.faults |= error.faults
        return True

    def tell(self) -> None:
        """Raises Faulty where there was anything."""
        if self.faults:
            raise Faulty(self.faults)


def shown_columns(columns: Sequence[Column], form: Form | None) -> list[dict[str, Any]]:
    """Each with the fields of its row: as the form has them, where there is one."""
    return [{**column, **_fields(place, column, form)} for place, column in enumerate(columns)]


def _fields(place: int, column: Column, form: Form | None) -> dict[str, str]:
    base, _, name = column["target"].partition(":")
    agreed = base in AGREEING
    channel, _, purpose = name.partition(":") if agreed else ("email", "", "newsletter")
    name = name if base in ("field", "reach") else column["heading"][:MAX_FIELD]
    known = {"base": base, "name": name, "kind": column["kind"], "channel": channel, "purpose": purpose}
    if form is None or f"target_{place}" not in form:
        return known
    return {
        "base": _text(form, f"target_{place}"),
        "name": _text(form, f"name_{place}"),
        "kind": _text(form, f"kind_{place}") or known["kind"],
        "channel": _text(form, f"channel_{place}"),
        "purpose": _purpose(form, place),
    }


def _purpose(form: Form, place: int) -> str:
    """One of those that are known, or another."""
    return _text(form, f"purpose_{place}") or _text(form, f"other_{place}")


def read_columns(form: Form, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """As the form decides them. Raises Faulty: what a column becomes has no name, or none says who it is."""
    decided, faults = [], {}
    for place, column in enumerate(columns):
        try:
            decided.append(_decided(form, place, column))
        except InvalidInput as wrong:
            faults[wrong.field] = wrong.code
    if not faults and not any(is_who(column["target"]) for column in decided):
        faults["columns"] = "import_nobody"
    if faults:
        raise Faulty(faults)
    return decided


def _decided(form: Form, place: int, column: Column) -> dict[str, Any]:
    target, name = _text(form, f"target_{place}"), _text(form, f"name_{place}")
    kind = _text(form, f"kind_{place}")
    if not column["heading"] or (target not in PLAIN and target not in NAMED and target != IGNORED):
        return dict(column)
    if target in AGREEING:
        name = f"{_text(form, f'channel_{place}')}:{_purpose(form, place)}"
    if target in NAMED:
        target = f"{target}:{_checked_name(target, name, f'name_{place}')}"
    kind = kind if kind in KINDS and target.startswith("field:") else column["kind"]
    if (target, kind) == (column["target"], column["kind"]):
        return dict(column)
    return {**column, "target": target, "kind": kind, "becomes": "", "decided": True}


_NAMELESS = {**dict.fromkeys(AGREEING, "import_consent"), "field": "import_field", "reach": "import_reach"}


def _checked_name(target: str, name: str, where: str) -> str:
    if target == "field" and 1 <= len(name) <= MAX_FIELD:
        return name
    kind, _, purpose = name.partition(":")
    if target in AGREEING and is_word(kind) and 1 <= len(purpose.strip()) <= MAX_PURPOSE:
        return f"{kind}:{purpose.strip()}"
    if target == "reach" and is_word(name):
        return name
    raise InvalidInput(f"a column that becomes {target} needs a name", where, _NAMELESS[target])


def choices_of(columns: Sequence[Column]) -> dict[str, tuple[str, str]]:
    """Of the columns that somebody decided, or let stand as consent, for `hub.exchange.columns.remember`."""
    decided = (one for one in columns if one.get("decided") or one.get("remembered") or one.get("proposed"))
    return {plain(one["heading"]): (one["target"], one["kind"]) for one in decided}


def read_country(form: Form, otherwise: str) -> str:
    country = _text(form, "country").upper() or otherwise
    if len(country) != len("DE") or not (country.isascii() and country.isalpha()):
        raise Faulty({"country": "import_country"})
    return country


def typed_rules(form: Form, rules: Rules) -> Rules:
    """As the form has them, whole or not."""
    existing, basis = _text(form, "existing"), _text(form, "basis")
    return replace(
        rules,
        existing=existing if existing in EXISTING else FILL,
        basis=basis if basis in BASES else "",
        purpose=_text(form, "purpose")[:MAX_PURPOSE],
        kinds=[kind for kind in AGREEABLE if kind in form.getall("kinds", [])],
        proof=_text(form, "proof")[:MAX_PROOF],
    )


def read_rules(form: Form, rules: Rules, columns: Sequence[Column]) -> Rules:
    """Raises Faulty where the basis is not said, is not whole, or is what a column says and none does."""
    told = typed_rules(form, rules)
    if not told.basis:
        raise Faulty({"basis": "import_basis"})
    if told.basis == TOLD and not any(column["target"].startswith("consent:") for column in columns):
        raise Faulty({"basis": "import_untold"})
    if told.basis == NONE:
        return replace(told, purpose="", kinds=(), proof="")
    if told.basis == TOLD:
        told = replace(told, purpose="", kinds=())
    codes = {"purpose": "import_purpose", "kinds": "import_kinds", "proof": "import_proof"}
    needed = codes if told.basis == PROVEN else ("proof",)
    if faults := {field: codes[field] for field in needed if not getattr(told, field)}:
        raise Faulty(faults)
    return told


def _text(form: Form, name: str) -> str:
    return " ".join(str(form.get(name, "")).split())
