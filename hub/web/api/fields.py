"""The words requests and answers are made of: strict types that say in the schema what they refuse."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    WithJsonSchema,
)

from hub.clock import instant_of, is_on_calendar, iso, time_zones
from hub.kinds import KNOWN, is_known
from hub.store.condition_tree import Whole

ID = r"^[0-9a-f]{32}$"
NO_NUL = r"^[^\x00]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$"
MAX_FIELDS = 200

Id = Annotated[str, Field(pattern=ID)]
Text = Annotated[str, Field(pattern=NO_NUL, max_length=100_000)]
Html = Annotated[str, Field(pattern=NO_NUL, max_length=500_000)]
OneLine = Annotated[str, Field(pattern=ONE_LINE, max_length=500)]  # may end up in a header: no CR, LF, NUL
Name = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f\x85\u2028\u2029][^\x00-\x1f\x7f\x85\u2028\u2029]{0,199}$")]
Language = Annotated[str, Field(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})?$")]  # BCP 47
Preference = Annotated[str, Field(json_schema_extra={KNOWN: "preferences"}), is_known("preferences")]
Labels = Annotated[tuple[Name, ...], Field(max_length=100)]


def _known_zone(name: str) -> str:
    if name and name not in time_zones():
        raise ValueError("is no time zone like Europe/Berlin")
    return name


def _list_zones(schema: dict[str, Any]) -> None:
    """With names for clients that make a constant of each: of its letters alone, Etc/GMT+1 and -1 would be the same."""
    zones = ["", *sorted(time_zones())]
    signs = {"+": "_PLUS_", "-": "_MINUS_", "/": "_"}
    named = ["".join(signs.get(sign, sign) for sign in zone).upper() or "NONE" for zone in zones]
    schema |= {"enum": zones, "x-enum-varnames": named}


TimeZone = Annotated[str, AfterValidator(_known_zone), Field(json_schema_extra=_list_zones)]


Seconds = Annotated[int, Field(ge=0, le=30 * 24 * 3600), Whole]


def _said(at: object) -> object:
    return iso(at) if isinstance(at, int) else at


Moment = Annotated[str, BeforeValidator(_said), Field(json_schema_extra={"format": "date-time"})]  # in answers

_DATETIME: TypeAdapter[AwareDatetime] = TypeAdapter(AwareDatetime)


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("is no text like 2026-11-22T09:10:00Z")
    instant = instant_of(_DATETIME.validate_strings(value))
    if not is_on_calendar(instant):
        raise ValueError("is on no calendar")
    return instant


Instant = Annotated[int, PlainValidator(_instant, json_schema_input_type=AwareDatetime)]  # RFC 3339 -> milliseconds

_Scalar = (
    Annotated[str, Field(pattern=NO_NUL, max_length=10_000)]
    | bool
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
    | None
)


def _known_size(fields: dict[str, Any]) -> dict[str, Any]:
    if any(isinstance(value, int) and abs(value) > 2**53 for value in fields.values()):
        raise ValueError("whole numbers beyond 2^53 do not survive JSON: send them as text")
    return fields


Fields = Annotated[
    dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")], _Scalar],
    Field(max_length=MAX_FIELDS),
    AfterValidator(_known_size),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z0-9_.-]{1,64}$"},
            "maxProperties": MAX_FIELDS,
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "pattern": NO_NUL, "maxLength": 10_000},
                    {"type": "boolean"},
                    {"type": "integer", "minimum": -(2**53), "maximum": 2**53},
                    {"type": "number"},
                    {"type": "null"},
                ]
            },
        }
    ),
]


class Body(BaseModel):
    """What a request's JSON may hold; anything else at any depth answers 422. The validator, as of the two below, is
    built when first asked for: all together are 6 MB, and few hubs are asked for all."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True, defer_build=True)


class Query(BaseModel):
    """What a query string may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Answer(BaseModel):
    """What an operation answers; it may grow."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)
    holds_secret: ClassVar[bool] = False  # then it is kept locked for a repeated request

    @classmethod
    def of(cls, row: object, **other: Any) -> Self:
        """row: holds the fields under their own names, moments in milliseconds; other: what it does not hold so."""
        kept = {name: getattr(row, name) for name in cls.model_fields if name not in other}
        return cls.model_validate({**kept, **other}, from_attributes=True)


class Nothing(Body):
    """An action that needs no words: an empty body or {}."""
