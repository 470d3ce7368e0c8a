"""Reads a tree of conditions out, in the reader's language: what a screen reader says is what the segment asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency

from hub.fields import FORMAL, INFORMAL
from hub.store.condition_tree import (
    Active,
    AnyCondition,
    Asked,
    Bought,
    Classed,
    Compared,
    Consented,
    Group,
    InCampaign,
    InSequence,
    Labelled,
    LastOrdered,
    Listed,
    Not,
    Ordered,
    Present,
    Rated,
    Reachable,
    Silent,
    Spent,
    Unanswered,
    Written,
    Wrote,
)
from hub.web.customer_classes import class_names
from hub.web.locale import Speaker
from hub.web.segment_forms import FORM


@dataclass(frozen=True, slots=True)
class Telling:
    """label_of: what a kind of channel is called; names: of campaigns, sequences and segments, by id."""

    say: Speaker
    label_of: Callable[[str], str]
    names: Mapping[str, str]

    def called(self, id: str) -> str:
        return self.names.get(id) or self.say.gettext("(gone)")


def in_words(condition: AnyCondition, telling: Telling) -> str:
    """One sentence."""
    _ = telling.say.gettext
    if isinstance(condition, Group) and condition.op == "and" and not condition.of:
        return _("All customers.")
    return _("Customers %(clauses)s.") % {"clauses": _clause(condition, telling, outermost=True)}


def _clause(condition: AnyCondition, telling: Telling, *, outermost: bool = False) -> str:
    _ = telling.say.gettext
    if isinstance(condition, Group):
        between = _(" and ") if condition.op == "and" else _(" or ")
        clauses = between.join(_clause(each, telling) for each in condition.of)
        clauses = clauses or (_("who are there at all") if condition.op == "and" else _("whom there is none of"))
        return clauses if outermost or len(condition.of) < 2 else f"({clauses})"
    if isinstance(condition, Not):
        inner = condition.of
        if isinstance(inner, Group | Not | Present | Compared | Rated) and not _prefers(inner):
            return _("of whom this is not true: %(clause)s") % {"clause": _clause(inner, telling)}
        return _leaf(inner, telling, holds=False)
    return _leaf(condition, telling, holds=True)


def _prefers(condition: AnyCondition) -> bool:
    return isinstance(condition, Compared) and condition.field == "preferred_channel" and condition.op == "is"


def _leaf(condition: AnyCondition, telling: Telling, *, holds: bool) -> str:
    _ = telling.say.gettext
    match condition:
        case Compared() | Present():
            return _compared(condition, telling, holds)
        case Labelled(name=name):
            found = _("who carry the label “%(name)s”") if holds else _("who do not carry the label “%(name)s”")
            return found % {"name": name}
        case Reachable(channel=kind):
            found = _("who can be reached by %(channel)s") if holds else _("who cannot be reached by %(channel)s")
            return found % {"channel": telling.label_of(kind)}
        case Consented():
            return _consented(condition, telling, holds)
        case InCampaign():
            return _in_campaign(condition, telling, holds)
        case InSequence():
            return _in_sequence(condition, telling, holds)
        case Rated() | Unanswered():
            return _asked(condition, telling, holds)
        case Listed(id=id):
            found = _("who stood in “%(name)s”") if holds else _("who did not stand in “%(name)s”")
            return found % {"name": telling.called(id)}
        case Ordered() | LastOrdered() | Spent() | Classed() | Silent():
            return _bought(condition, telling, holds)
        case _:
            return _acted(condition, telling, holds)


def _compared(condition: Compared | Present, telling: Telling, holds: bool) -> str:
    _, say = telling.say.gettext, telling.say
    if _prefers(condition) and isinstance(condition, Compared):
        found = _("who prefer %(channel)s") if holds else _("who do not prefer %(channel)s")
        return found % {"channel": telling.label_of(str(condition.value))}
    titles = {
        "name": _("name"),
        "language": _("language"),
        "timezone": _("time zone"),
        "preferred_channel": _("preferred channel"),
        FORM: _("form of address"),
    }
    told = {
        "is": _("whose %(field)s is “%(value)s”"),
        "is_not": _("whose %(field)s is not “%(value)s”"),
        "contains": _("whose %(field)s contains “%(value)s”"),
        "starts_with": _("whose %(field)s begins with “%(value)s”"),
        "greater": _("whose %(field)s is greater than “%(value)s”"),
        "less": _("whose %(field)s is less than “%(value)s”"),
        "is_set": _("whose %(field)s is known"),
        "is_not_set": _("whose %(field)s is not known"),
    }
    value = condition.value if isinstance(condition, Compared) else ""
    shown = say.number(value) if isinstance(value, float) else str(value)
    if condition.field == "language":
        shown = say.locale.languages.get(shown, shown)
    if condition.field == FORM:
        shown = {FORMAL: _("formal (Sie)"), INFORMAL: _("informal (Du)")}.get(shown, shown)
    field = titles.get(condition.field) or _("“%(name)s”") % {"name": condition.field.removeprefix("fields.")}
    return told[condition.op] % {"field": field, "value": shown}


def _consented(condition: Consented, telling: Telling, holds: bool) -> str:
    _ = telling.say.gettext
    values = {"purpose": condition.purpose, "channel": telling.label_of(condition.channel or "")}
    if condition.channel:
        told = {
            ("granted", True): _("who agreed to “%(purpose)s” by %(channel)s"),
            ("granted", False): _("who have not agreed to “%(purpose)s” by %(channel)s"),
            ("withdrawn", True): _("who withdrew “%(purpose)s” by %(channel)s"),
            ("withdrawn", False): _("who have not withdrawn “%(purpose)s” by %(channel)s"),
        }
    else:
        told = {
            ("granted", True): _("who agreed to “%(purpose)s”"),
            ("granted", False): _("who have not agreed to “%(purpose)s”"),
            ("withdrawn", True): _("who withdrew “%(purpose)s”"),
            ("withdrawn", False): _("who have not withdrawn “%(purpose)s”"),
        }
    return told[condition.state, holds] % values


def _in_campaign(condition: InCampaign, telling: Telling, holds: bool) -> str:
    _ = telling.say.gettext
    told = {
        ("receive", True): _("who received “%(name)s”"),
        ("receive", False): _("who did not receive “%(name)s”"),
        ("click", True): _("who clicked in “%(name)s”"),
        ("click", False): _("who was not seen clicking in “%(name)s”"),
        ("reply", True): _("who answered “%(name)s”"),
        ("reply", False): _("who did not answer “%(name)s”"),
        ("unsubscribe", True): _("who unsubscribed from “%(name)s”"),
        ("unsubscribe", False): _("who did not unsubscribe from “%(name)s”"),
    }
    return told[condition.did, holds] % {"name": telling.called(condition.id)}


def _in_sequence(condition: InSequence, telling: Telling, holds: bool) -> str:
    _ = telling.say.gettext
    told = {
        ("enter", True): _("who came into the sequence “%(name)s”"),
        ("enter", False): _("who never came into the sequence “%(name)s”"),
        ("stay", True): _("who are in the sequence “%(name)s”"),
        ("stay", False): _("who are not in the sequence “%(name)s”"),
        ("finish", True): _("who came to the end of the sequence “%(name)s”"),
        ("finish", False): _("who did not come to the end of the sequence “%(name)s”"),
        ("reply", True): _("who answered in the sequence “%(name)s”"),
        ("reply", False): _("who did not answer in the sequence “%(name)s”"),
        ("reach", True): _("who reached the goal of the sequence “%(name)s”"),
        ("reach", False): _("who did not reach the goal of the sequence “%(name)s”"),
    }
    return told[condition.did, holds] % {"name": telling.called(condition.id)}


def _asked(condition: Asked, telling: Telling, holds: bool) -> str:
    _, say = telling.say.gettext, telling.say
    if isinstance(condition, Unanswered):
        left = _("who were asked how it was %(within)s and have not answered")
        found = left if holds else _("who were not asked how it was %(within)s, or have answered")
        return found % {"within": _within(telling, condition.days)}
    told = {
        ("csat", "at_least"): _("whose last answer to how satisfied they are was %(score)s of 5 or more"),
        ("csat", "at_most"): _("whose last answer to how satisfied they are was %(score)s of 5 or less"),
        ("nps", "at_least"): _("whose last answer to whether they recommend us was %(score)s of 10 or more"),
        ("nps", "at_most"): _("whose last answer to whether they recommend us was %(score)s of 10 or less"),
    }
    found = told[condition.kind, condition.bound] % {"score": say.number(condition.score)}
    return f"{found} {_within(telling, condition.days)}" if condition.days else found


def _bought(condition: Bought, telling: Telling, holds: bool) -> str:
    _, say = telling.say.gettext, telling.say
    match condition:
        case Classed(name=name):
            found = _("who belong to “%(class)s”") if holds else _("who do not belong to “%(class)s”")
            return found % {"class": class_names(say)[name]}
        case LastOrdered(days=days):
            is_older = _("whose last order is older than %(span)s")
            found = is_older if holds else _("whose last order is no older than %(span)s, or who never ordered")
            return found % {"span": _span(telling, days)}
        case Silent(days=days):
            fell = _("who used to write or order and were not heard of for %(span)s")
            return (fell if holds else _("who did not fall silent for %(span)s")) % {"span": _span(telling, days)}
        case Ordered(at_least=1):
            found = _("who ordered something") if holds else _("who ordered nothing")
        case Ordered(at_least=times):
            found = _("who ordered %(n)s times or more") if holds else _("who ordered less than %(n)s times")
            found %= {"n": say.number(times)}
        case Spent():
            sum = format_currency(Decimal(condition.at_least), condition.currency, locale=say.locale)
            found = _("whose orders come to %(sum)s or more") if holds else _("whose orders come to less than %(sum)s")
            found %= {"sum": sum}
    return f"{found} {_within(telling, condition.days)}" if condition.days else found


def _span(telling: Telling, days: int) -> str:
    return telling.say.ngettext("%(n)s day", "%(n)s days", days) % {"n": telling.say.number(days)}


def _acted(condition: AnyCondition, telling: Telling, holds: bool) -> str:
    _ = telling.say.gettext
    match condition:
        case Wrote(channel=kind) if kind:
            found = _("who wrote to us by %(channel)s") if holds else _("who did not write to us by %(channel)s")
            found %= {"channel": telling.label_of(kind)}
        case Wrote():
            found = _("who wrote to us") if holds else _("who did not write to us")
        case Written():
            found = _("to whom we wrote") if holds else _("to whom we did not write")
        case _:
            found = _("who wrote, called, ordered or clicked") if holds else _("of whom nothing was heard")
    days = condition.days if isinstance(condition, Wrote | Written | Active) else 0
    return f"{found} {_within(telling, days)}"


def _within(telling: Telling, days: int) -> str:
    say = telling.say
    return say.ngettext("in the last %(n)s day", "in the last %(n)s days", days) % {"n": say.number(days)}
