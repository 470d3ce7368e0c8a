"""Two people change the same thing: whoever saves second is shown what the first one wrote, and chooses field by field.

A form that changes what is kept carries `versions(shown)`, a mark of each field as it was shown. Saving compares them
with what stands there now, in the transaction that writes. Nothing is kept for it but what is kept anyway.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import Conflict
from hub.ids import is_id
from hub.store.agents import list_agents
from hub.store.fields import all_fields
from hub.store.snippets import list_offered
from hub.store.teams import list_teams
from hub.store.visibility import Visibility
from hub.web.forms import read_form
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker

NAME = "versions"  # of the field that carries the marks
OWN = "csrf", NAME


class Overtaken(Conflict):
    """Somebody else saved it meanwhile. theirs: what the form would show now."""

    def __init__(self, theirs: Mapping[str, str]) -> None:
        super().__init__("somebody else changed it meanwhile", "overtaken")
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Both:
    """One field: what each wrote, as the form says it and in words; kept: mine changes nothing here, theirs does."""

    name: str
    label: str
    mine: str
    theirs: str
    mine_said: str
    theirs_said: str
    kept: bool


def versions(shown: Mapping[str, str]) -> str:
    return urlencode({name: _mark(value) for name, value in shown.items()})


def check_versions(was: str, now: Mapping[str, str]) -> None:
    """was: what the form carried; one that carries nothing changes what is there. Raises Overtaken."""
    marks = dict(parse_qsl(was))
    theirs = {**dict.fromkeys(marks, ""), **now}  # what only one of the two knows was empty in the other
    if marks and any(marks.get(name, EMPTY) != _mark(value) for name, value in theirs.items()):
        raise Overtaken(theirs)


def _mark(value: str) -> str:
    """Line breaks travel as CR LF."""
    return blake2s(value.replace("\r\n", "\n").strip().encode(), digest_size=6).hexdigest()


EMPTY = _mark("")


async def show_both(request: web.Request, overtaken: Overtaken) -> web.Response:
    """Their version beside mine. Nothing was saved; what is chosen here is, unless a third one was faster."""
    form = await read_form(request)
    mine = [(name, value) for name, value in form.items() if isinstance(value, str) and name not in OWN]
    was = dict(parse_qsl(str(form.get(NAME, ""))))
    names = await request.app[HUB].store.read(_names, request[VISIBILITY])
    both = list(_compared(dict(mine), overtaken.theirs, was, Words(speaker(request).gettext, names)))
    rest = [one for one in mine if one[0] not in {field.name for field in both}]
    came = urlsplit(request.headers.get("Referer", ""))
    back = f"{came.path}?{came.query}" if came.path.startswith("/") and came.netloc == request.host else "/"
    marks = versions(overtaken.theirs)
    return render(request, "overtaken.html", status=409, both=both, rest=rest, versions=marks, back=back)


def _compared(
    mine: Mapping[str, str], theirs: Mapping[str, str], was: Mapping[str, str], words: "Words"
) -> Iterator[Both]:
    """What they changed to something else than I did; what I alone changed is no question. A box that is not ticked
    sends nothing."""
    for name, their in theirs.items():
        own = mine.get(name, "")
        kept = name not in mine or _mark(own) == was.get(name, EMPTY)
        if _mark(their) not in (_mark(own), was.get(name, EMPTY)):
            yield Both(name, words.label(name), own, their, words.value(own), words.value(their), kept)


def _names(conn: Connection, who: Visibility) -> Mapping[str, str]:
    """Id or name of a field -> what people call it."""
    return {
        **{one.id: one.name for one in list_agents(conn)},
        **{one.id: one.name for one in list_teams(conn)},
        **{one.id: one.title for one in list_offered(conn, who)},
        **{f"field.{one.key}": one.label for one in all_fields(conn)},
    }


@dataclass(frozen=True, slots=True)
class Words:
    """What fields and values are called."""

    translate: Callable[[str], str]
    names: Mapping[str, str]

    def label(self, name: str) -> str:
        _ = self.translate
        labels = {
            **{
                "name": _("Name"),
                "title": _("Title"),
                "shortcut": _("Shortcut"),
                "text": _("Text"),
                "label": _("Name"),
            },
            **{"language": _("Language"), "team": _("Team"), "whose": _("For"), "agent": _("to the colleague")},
            **{"labels": _("Labels"), "priority": _("Priority"), "note": _("Note"), "reply": _("Answer")},
            **{"then": _("At the end"), "type": _("Kind"), "choices": _("Values to choose from, one a line")},
            **{"currency": _("Currency"), "purpose": _("Purpose the customers agreed to"), "channel": _("Channel")},
            **{"segment": _("Segment"), "template_id": _("Template"), "html": _("E-mail as HTML")},
            **{"sender": _("Sender's name (empty: the channel's)"), "subject_b": f"{_('Subject')} B"},
            **{"preferred_channel": _("Prefers"), "fields": _("Fields"), "subject": _("Subject")},
        }
        return self.names.get(name) or labels.get(name, name)

    def value(self, value: str) -> str:
        return self.names.get(value, value) if is_id(value) else value
