"""What people decide about an import: how rows meet customers we know, and on what basis somebody may be written to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hub.exchange.batches import FILL
from hub.exchange.columns import Choices
from hub.exchange.records import Record
from hub.kinds import is_phone
from hub.store.consents import GRANTED, WITHDRAWN

NONE, TOLD, PROVEN = BASES = ("none", "told", "proven")
PHONES = ("sms", "whatsapp", "voice")


@dataclass(frozen=True, slots=True)
class Rules:
    """country: of numbers and addresses without one. existing: one of hub.exchange.batches.EXISTING. basis: "" until
    somebody said which; none: for answering only, whatever the file claims; told: whoever says yes in a column of the
    file, and nobody else; proven: all of them agreed to purpose on these kinds of channel. proof: where and when.
    columns: what each becomes."""

    country: str = "DE"
    existing: str = FILL
    basis: str = ""
    purpose: str = ""
    kinds: Sequence[str] = ()
    proof: str = ""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def choices(self) -> Choices:
        return {heading: (choice[0], choice[1]) for heading, choice in self.columns.items()}

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"kinds": list(self.kinds)}


def agreed(record: Record, rules: Rules) -> Record:
    """With the consents that the basis allows. What the file itself says of somebody goes before; who says no to
    anything there, or has not agreed yet, agrees to nothing more than what stands beside it."""
    if rules.basis == TOLD:
        return record
    if rules.basis != PROVEN:
        said = {key: state for key, state in record.consents.items() if state == WITHDRAWN}
        return replace(record, consents=said)
    if WITHDRAWN in record.consents.values():
        return record
    if record.doubt:
        return replace(record, notes=(*record.notes, f"{record.doubt} says that nobody has agreed"))
    reached = {kind for kind, _, _ in record.addresses}
    if any(kind == "phone" or is_phone(kind) for kind in reached):
        reached.update(PHONES)
    given = {(kind, rules.purpose): GRANTED for kind in rules.kinds if kind in reached and rules.purpose}
    return replace(record, consents={**given, **record.consents})
