"""What the form with a customer's details shows, also when something in it was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hub.fields import Field
from hub.store.customers import Customer
from hub.web.forms import Form
from hub.web.locale import Speaker
from hub.web.own_fields import Row, rows_of
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import versions


@dataclass(frozen=True, slots=True)
class Refused:
    """typed: everything in the form; problems: sentences by name of the input."""

    typed: Form
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Details:
    """plain: what stands in the other inputs, by name; others: fields nobody has described."""

    plain: Mapping[str, str]
    rows: Sequence[Row]
    others: Mapping[str, object]
    problems: Mapping[str, str]
    versions: str = ""

    @property
    def shown(self) -> Mapping[str, str]:
        return {**self.plain, **{row.name: row.written for row in self.rows}}


def details_of(
    say: Speaker, customer: Customer, labels: Sequence[str], fields: Sequence[Field], refused: Refused | None
) -> Details:
    keys = {field.key for field in fields}
    others = {key: value for key, value in customer.fields.items() if key not in keys}
    plain = {
        "name": customer.name,
        "language": customer.language,
        "preferred_channel": customer.preferred_channel,
        "labels": ", ".join(labels),
        "fields": "".join(f"{key}: {value}\n" for key, value in others.items()),
    }
    if not refused:
        found = Details(plain, rows_of(fields, customer.fields, say), others, {})
        return replace(found, versions=versions(found.shown))
    typed = {name: str(refused.typed.get(name, said)) for name, said in plain.items()}
    rows = rows_of(fields, customer.fields, say, refused.typed, refused.problems)
    return Details(typed, rows, others, refused.problems, str(refused.typed.get(VERSIONS, "")))
