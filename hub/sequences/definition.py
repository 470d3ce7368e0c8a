"""What a sequence is made of: a trigger, steps and exits, as the API takes them and the store keeps them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from hub.campaigns.chain import Fallback
from hub.clock import DAY, HOUR, MINUTE, SECOND, instant_of
from hub.errors import Conflict, InvalidInput
from hub.store.condition_tree import AnyCondition, Whole, check_size
from hub.store.sequence_goals import CLICKED
from hub.store.sequences import StoredSequence

DURATION = r"^([0-9]{1,5}(s|m|h|d|w)|P[0-9]{1,4}[DW]|PT[0-9]{1,5}[HMS])$"
CLICKS = "clicks"  # measured of two wordings
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
TEXT = r"^[^\x00]*$"

Duration = Annotated[str, Field(pattern=DURATION, description="3d, 36h, 90m - or ISO 8601: P3D, PT36H")]
Words = Annotated[str, Field(pattern=TEXT, max_length=20_000)]
Short = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$", max_length=200)]
Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$", description="09:00")]
Exit = Literal["reply", "opt_out", "closed", "ordered"]
Goal = Annotated[
    str,
    Field(
        pattern=r"^(clicked|ordered|replied|label:[^\x00-\x1f\x7f\x85\u2028\u2029]{1,200})?$",
        description="clicked, ordered, replied or label:<name>",
    ),
]
EventName = Literal[
    "no_answer",
    "campaign.sent",
    "message.sent",
    "message.received",
    "conversation.closed",
    "customer.created",
    "call.missed",
    "quote.sent",
    "added",
]
SILENCE = ("no_answer", "campaign.sent", "message.sent")  # counted from the moment our message left
LOOKED_FOR = ("segment.entered", "date")  # nothing happens then: hub.sequences.entering looks who it is
TALKING = (
    "no_answer",
    "message.sent",
    "message.received",
    "call.missed",
    "quote.sent",
)  # may begin it within a conversation that is open


LATER = ConfigDict(defer_build=True)  # by the first sequence that is read


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Trigger(Part):
    """event: what begins it; after: how long to wait before the first step. no_answer: after anything we sent,
    an agent's message or a campaign; campaign: only that one; added: somebody, or a program, names the customers."""

    event: EventName
    after: Duration = "0s"
    campaign: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class OtherWords(Part):
    """A second wording: share: so many percent of those who come to the step get it. measure: what tells which one is
    better (goal: the sequence's), which then goes to everybody who comes later: once each has been with at least
    `enough` customers for two days, and the difference is not chance. Without a measure it stays a share."""

    template: Short = ""
    subject: Words = ""
    text: Words = ""
    share: Annotated[int, Field(ge=1, le=99), Whole] = 50
    measure: Literal["", "clicks", "replies", "goal"] = ""
    enough: Annotated[int, Field(ge=10, le=100_000), Whole] = 50


class MessageStep(Part):
    """template: the id or name of one, or the words themselves. channel: "preferred", a type, a configured name.
    fallback: the channels it goes on by where that one does not reach, as a campaign does. purpose: what the customer
    has to have agreed to; without one it leaves only as an answer in an open conversation, and after a trigger that
    begins in one. other: a second wording for some of them."""

    kind: Literal["message"]
    channel: Short = "preferred"
    template: Short = ""
    subject: Words = ""
    text: Words = ""
    purpose: Short = ""
    fallback: Fallback | None = None
    other: OtherWords | None = None


class SegmentTrigger(Part):
    """Whoever stands in the segment, now or from now on, gets in once ever; after: how long to wait before the first
    step."""

    event: Literal["segment.entered"]
    segment: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    after: Duration = "0s"


class DateTrigger(Part):
    """A date among the customer's fields, written 1990-05-14: so many days after it (below 0: before), at that time of
    day where the customer lives; yearly: each year, else once. Once for each date."""

    after: ClassVar[str] = "0s"
    event: Literal["date"]
    field: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]+$", max_length=200)]
    days: Annotated[int, Field(ge=-366, le=366), Whole] = 0
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="09:00")] = "09:00"
    yearly: bool = True


AnyTrigger = Trigger | SegmentTrigger | DateTrigger
Begins = Annotated[AnyTrigger, Field(discriminator="event")]
_TRIGGER: TypeAdapter[AnyTrigger] = TypeAdapter(Begins, config=LATER)
_UNTIL: dict[str, Any] = {"required": ["until"], "properties": {"until": {"type": "string", "minLength": 1}}}


class WaitStep(Part):
    """until: and on from there to that time of day, where the customer lives."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["after"]}, _UNTIL]})

    kind: Literal["wait"]
    after: Duration = "0s"
    until: Clock = ""

    @model_validator(mode="after")
    def waits_for_something(self) -> Self:
        if not self.until and "after" not in self.model_fields_set:
            raise ValueError("a wait needs a time")
        return self


class LabelStep(Part):
    kind: Literal["label"]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class TaskStep(Part):
    """Something for a colleague to do, by the end of the next day."""

    kind: Literal["task"]
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CallStep(Part):
    """A colleague is to call the customer by the end of the next day: a task that names the phone numbers."""

    kind: Literal["call"]
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class WebhookStep(Part):
    """Another program is told that the customer came here; whether it was is seen at each of them."""

    kind: Literal["webhook"]
    url: Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f]*$")]


class BranchStep(Part):
    """Asked of each customer: segment: do they stand in it now; clicked: have they followed a link of the message in
    the step of that number (the first is 1), 0: of any message before; condition: is it true of them, written as in a
    segment; without any of these: have they written to us since they got in? Who does goes on with the next step, the
    others at the step of the number `otherwise`, which comes later; 0: it ends for them."""

    kind: Literal["branch"]
    segment: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    clicked: Annotated[int, Field(ge=0, le=50), Whole] | None = None
    condition: AnyCondition | None = None
    otherwise: Annotated[int, Field(ge=0, le=50), Whole] = 0

    @model_validator(mode="after")
    def asks_one_thing(self) -> Self:
        if sum(each is not None for each in (self.segment, self.clicked, self.condition)) > 1:
            raise ValueError("a branch asks one thing: the segment, the click or the condition")
        if self.condition is not None:
            check_size(self.condition)
        return self


class EndStep(Part):
    """It ends here, for whoever comes to it."""

    kind: Literal["end"]


AnyStep = MessageStep | WaitStep | LabelStep | TaskStep | CallStep | WebhookStep | BranchStep | EndStep
Step = Annotated[AnyStep, Field(discriminator="kind")]
_STEP: TypeAdapter[AnyStep] = TypeAdapter(Step, config=LATER)


def check_purposes(event: str, steps: Sequence[Mapping[str, Any]]) -> None:
    """Whatever cannot be an answer in an open conversation advertises. Raises InvalidInput."""
    if event not in TALKING and not all_with_purpose(steps):
        raise InvalidInput("a message that answers in no conversation needs a purpose", "steps", "no_purpose")


def check_branches(steps: Sequence[Mapping[str, Any]]) -> None:
    """Nobody goes back: what is done is done once. Raises Conflict."""
    for number, step in enumerate(steps, 1):
        if not leads_on(step, number, len(steps)):
            raise Conflict(f"the branch in step {number} leads to no later step", "branch_back")


def leads_on(step: Mapping[str, Any], number: int, steps: int) -> bool:
    there = int(step.get("otherwise") or 0)
    return step.get("kind") != "branch" or there == 0 or number < there <= steps


@dataclass(frozen=True, slots=True)
class Chain:
    """A step's channels in their order, as hub.campaigns.chain goes along them."""

    channel: str
    fallback: Mapping[str, Any]


def chain_of(step: MessageStep) -> Chain:
    return Chain(step.channel, step.fallback.model_dump(mode="json") if step.fallback else {})


def asked_about(steps: Sequence[AnyStep], goal: str = "") -> set[int]:
    """The places of the messages whose links are followed, because the goal, a branch behind them or a chain asks: no
    others."""
    if goal == CLICKED:
        return {place for place, step in enumerate(steps) if isinstance(step, MessageStep)}
    found = {place for place, step in enumerate(steps) if isinstance(step, MessageStep) and is_clicked(step)}
    for place, step in enumerate(steps):
        if isinstance(step, BranchStep) and step.clicked is not None:
            found |= set(clickable_by(steps, place, step.clicked))
    return found


def is_clicked(step: MessageStep) -> bool:
    """Its chain waits for a reaction, or clicks tell which of its wordings is better."""
    return waits_for_reaction(step) or (step.other is not None and step.other.measure == CLICKS)


def waits_for_reaction(step: MessageStep) -> bool:
    return step.fallback is not None and step.fallback.hours > 0


def clickable_by(steps: Sequence[AnyStep], place: int, clicked: int) -> list[int]:
    """The places of the messages that a branch at this place asks about."""
    before = [at for at, step in enumerate(steps[:place]) if isinstance(step, MessageStep)]
    return [at for at in before if clicked in (0, at + 1)]


def all_with_purpose(steps: Sequence[Mapping[str, Any]]) -> bool:
    return all(str(step.get("purpose") or "").strip() for step in steps if step.get("kind") == "message")


def milliseconds(duration: str) -> int:
    """3d, PT36H -> milliseconds."""
    found = re.fullmatch(r"(P?T?)([0-9]+)([a-zA-Z])", duration)
    if not found:
        raise ValueError(f"{duration!r} is no duration")
    return int(found[2]) * UNITS[found[3].lower()]


def due_after(wait: WaitStep, now: int, zone: ZoneInfo) -> int:
    """When a wait that begins now is over. A time of day that the clocks leap over counts as the one behind it."""
    at = now + milliseconds(wait.after)
    if not wait.until:
        return at
    hour, minute = map(int, wait.until.split(":"))
    here = datetime.fromtimestamp(at / 1000, zone)
    there = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return instant_of(there if there >= here else there + timedelta(days=1))


def read_trigger(trigger: Mapping[str, Any]) -> AnyTrigger:
    """Raises ValidationError."""
    return _TRIGGER.validate_python(dict(trigger))


def read_steps(sequence: StoredSequence) -> Sequence[AnyStep]:
    return [_STEP.validate_python(dict(step)) for step in sequence.steps]
