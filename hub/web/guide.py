"""The jobs of agents and team leads, as the help page tells them to somebody on the first day."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.web.permissions import Permission


@dataclass(frozen=True, slots=True)
class Job:
    """keys: acts of `hub.web.shortcuts`, in the order in which they are pressed, or strokes where no act has that name;
    says: how it is done; example: what may be typed; page: where it is done, if not in the
    conversation."""

    title: str
    keys: tuple[str, ...]
    says: str
    example: str = ""
    page: str = ""
    needs: Permission = Permission.WRITE_CONVERSATIONS


def agents_day(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (*_answering(_), *_with_others(_), *_by_phone(_), *_people(_))


def leads_day(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (*_team(_), *_rules_and_review(_))


def _answering(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("Begin"),
            ("next",),
            _("“Unassigned” and “Mine” put whoever waits longest first. Each row is a customer, with all channels."),
        ),
        Job(
            _("Answer, and go on"),
            ("Ctrl Shift Enter",),
            _("Write below the stream. “Send & done” sends, closes, and opens the next one who waits."),
        ),
        Job(
            _("Take one on"),
            ("take",),
            _("Whoever answers a conversation that is nobody's has it. One key takes it without an answer."),
        ),
        Job(
            _("A kept answer"),
            ("/",),
            _("In the answer, / and a few letters, then Enter. It comes in the customer's language, filled in."),
            page="/settings/snippets",
            needs=Permission.WRITE_SNIPPETS,
        ),
        Job(
            _("Another channel"),
            ("F2",),
            _("The chosen channel says why. The next one takes the text along, and says what it cannot carry."),
        ),
    )


def _with_others(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("Send it later"),
            ("Ctrl Shift l",),
            _("Enter takes the first offer: when you open next. Or write a time."),
            example=_("tue 2pm, in 3 days, 24.11. 9:00"),
        ),
        Job(
            _("Take back"),
            ("undo",),
            _("A message waits some seconds before it leaves. What was closed, snoozed or labelled comes back, too."),
        ),
        Job(
            _("A note to colleagues"),
            ("note",),
            _("Customers never see it. @ and a few letters name a colleague, who finds it under “Mentions”."),
        ),
        Job(
            _("Hand over"),
            ("assign",),
            _("Letters of the name, then Enter. With a note: a comma, what they should know, then Ctrl Enter."),
        ),
        Job(
            _("Not now"),
            ("snooze",),
            _("Then 1, 2 or 3, or a time in words. It comes back by itself, or when the customer writes."),
            example=_("tue 2pm, in 3 days, 24.11. 9:00"),
        ),
    )


def _by_phone(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("Many at once"),
            ("pick", "pick-down", "labels"),
            _("Choose rows, then label, prioritise, hand over, snooze or close them: one Undo takes all back."),
            example=_("invoice, !high"),
        ),
        Job(
            _("Answer a call"),
            ("answer-call",),
            _("The card of the call takes no focus. Say once, in your settings, where you are rung."),
            page="/settings#own-phone",
        ),
        Job(
            _("Call somebody"),
            ("call", "answer-call"),
            _("The second key hangs up. It counts as “talked”: change that, or add a note, below the stream."),
        ),
        Job(
            _("A voicemail"),
            ("play", "call"),
            _("It plays in the stream, and its words stand below it where the provider writes them down."),
        ),
    )


def _people(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("Find something said long ago"),
            ("Ctrl k",),
            _("People, messages and files in one list; Enter opens the first."),
            example=_("from: to: in: is:open has:file label: before: after:"),
        ),
        Job(
            _("One person twice"),
            (),
            _("“May be the same person” stands in the panel at the right: compare the two and put them together."),
            needs=Permission.WRITE_CUSTOMERS,
        ),
    )


def _team(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("Who waits longest"),
            (),
            _("Beside each view stand how many wait and the longest wait; “Overdue” lists those beyond the goal."),
        ),
        Job(
            _("Spread them evenly"),
            ("pick", "pick-down", "assign"),
            _("Choose rows, then “Distribute evenly” (arrow down, Enter): least to do first, nobody who is away."),
        ),
        Job(
            _("Who is stuck"),
            ("g r",),
            _("For each colleague: how many, the oldest wait, available or away. A name opens what they hold."),
            page="/reports",
            needs=Permission.READ_CONVERSATIONS,
        ),
        Job(
            _("The numbers of a week"),
            ("g r",),
            _("Choose the time, then CSV or XLSX above. The address holds what was asked: keep it as a bookmark."),
            page="/reports",
            needs=Permission.READ_CONVERSATIONS,
        ),
    )


def _rules_and_review(_: Callable[[str], str]) -> tuple[Job, ...]:
    return (
        Job(
            _("What always goes one way"),
            (),
            _("In a conversation like it: “…”, “Make a rule from this”. Try it on the last messages, then save."),
            page="/settings/rules",
            needs=Permission.MANAGE,
        ),
        Job(
            _("Closed for a day"),
            (),
            _("“Add closed day”, the day, Save; or the public holidays of your state with one button."),
            page="/settings/goals",
            needs=Permission.MANAGE,
        ),
        Job(
            _("Read what a colleague answered"),
            ("Ctrl k", "next", "note"),
            _("Their name, then Enter for all of it. Walk through them, Enter opens one; Back leads to the list."),
            example=_("from:lena is:reply after:week"),
        ),
    )
