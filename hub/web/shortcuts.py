"""The keys of the inbox, in one table: of it are made the sheet of help, what a page hears, and what agents change.

A key is the sign it prints, never its place on the keyboard, and none of those that German keyboards print with AltGr.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.errors import InvalidInput

OFF = "off"
TAKEN_BY_KEYBOARDS = frozenset("[]{}\\|@~")  # AltGr prints them in German
TAKEN_BY_US = frozenset("g123456789 <>")  # begins two-letter ways; views and offers; plays
LONGEST = 1_000  # characters of an agent's changes


@dataclass(frozen=True, slots=True)
class Shortcut:
    """act: the name of what hub.js does, or the address it goes to; key: as it is printed, a capital with Shift; says:
    for the sheet. fixed: it is no single sign and cannot be changed."""

    act: str
    key: str
    says: str
    fixed: bool = False


def sheet(_: Callable[[str], str]) -> Mapping[str, tuple[Shortcut, ...]]:
    """By where they work, in the order of the sheet."""
    return {
        _("Anywhere"): _anywhere(_),
        _("List"): _of_list(_),
        _("Conversation"): _of_conversation(_),
        _("While writing"): _while_writing(_),
    }


def _anywhere(_: Callable[[str], str]) -> tuple[Shortcut, ...]:
    ways = {
        "g i": ("/inbox?view=mine", _("inbox: mine")),
        "g u": ("/inbox?view=unassigned", _("inbox: unassigned")),
        "g c": ("/customers", _("customers")),
        "g k": ("/campaigns", _("campaigns")),
        "g s": ("/sequences", _("follow-ups")),
        "g t": ("/templates", _("templates")),
        "g r": ("/reports", _("reports")),
        "g ,": ("/settings", _("settings")),
    }
    return (
        Shortcut("palette", "Ctrl k", _("people, messages, pages, what to do"), fixed=True),
        Shortcut("search", "/", _("search")),
        Shortcut("help", "?", _("this page")),
        *(Shortcut(to, key, says, fixed=True) for key, (to, says) in ways.items()),
        Shortcut("save", "Ctrl s", _("save the form"), fixed=True),
        Shortcut("answer-call", "F8", _("answer the call; while one talks: hang up"), fixed=True),
        Shortcut("decline-call", "Shift F8", _("decline the call"), fixed=True),
        Shortcut("mute", "F9", _("mute and unmute yourself"), fixed=True),
        Shortcut("hold", "Shift F9", _("hold the call, talk again"), fixed=True),
        Shortcut("transfer", "F4", _("transfer the call…"), fixed=True),
        Shortcut("keypad", "Shift F4", _("keypad of the call"), fixed=True),
    )


def _of_list(_: Callable[[str], str]) -> tuple[Shortcut, ...]:
    return (
        Shortcut("next", "j", _("next conversation")),
        Shortcut("previous", "k", _("previous conversation")),
        Shortcut("open", "o", _("open (also Enter)")),
        Shortcut("pick", "x", _("choose")),
        Shortcut("pick-down", "J", _("choose this one and the next")),
        Shortcut("pick-up", "K", _("choose this one and the previous")),
        Shortcut("view", "1 … 9", _("the first nine views"), fixed=True),
        Shortcut("leave", "Esc", _("from the answer to the stream, to the list"), fixed=True),
    )


def _of_conversation(_: Callable[[str], str]) -> tuple[Shortcut, ...]:
    return (
        Shortcut("reply", "r", _("answer")),
        Shortcut("note", "n", _("internal note")),
        Shortcut("forward", "f", _("forward the last mail")),
        Shortcut("take", "i", _("assign to me")),
        Shortcut("assign", "a", _("assign to…")),
        Shortcut("done", "e", _("done, open the next")),
        Shortcut("done-stay", "E", _("done, stay here")),
        Shortcut("snooze", "h", _("snooze, then 1, 2 or 3, or a time in words")),
        Shortcut("labels", "l", _("labels")),
        Shortcut("priority", "q", _("priority")),
        Shortcut("macro", "b", _("apply a macro…")),
        Shortcut("unread", "u", _("read, unread")),
        Shortcut("call", "d", _("call")),
        Shortcut("log", "w", _("say what came of the call")),
        Shortcut("panel", "p", _("show or hide the customer")),
        Shortcut("play", "Space", _("play the voicemail"), fixed=True),
        Shortcut("seek", "← →", _("in the voicemail: five seconds back, ahead"), fixed=True),
        Shortcut("speed", "< >", _("in the voicemail: slower, faster"), fixed=True),
        Shortcut("undo", "z", _("undo what was done last")),
    )


def _while_writing(_: Callable[[str], str]) -> tuple[Shortcut, ...]:
    rows = (
        ("send", "Ctrl Enter", _("send, or add the note")),
        ("send-next", "Ctrl Shift Enter", _("send, done, open the next")),
        ("snippet", "/", _("insert a snippet (then letters, Enter)")),
        ("next-channel", "F2", _("next channel")),
        ("previous-channel", "Shift F2", _("previous channel")),
        ("later", "Ctrl Shift l", _("send later")),
        ("undo-empty", "Ctrl z", _("in an empty answer: undo what was done last")),
    )
    return tuple(Shortcut(act, key, says, fixed=True) for act, key, says in rows)


def _all() -> list[Shortcut]:
    return [one for group in sheet(str).values() for one in group]


CHANGEABLE = tuple(one for one in _all() if not one.fixed)
DEFAULTS: Mapping[str, str] = {one.act: one.key for one in CHANGEABLE}
WAYS: Mapping[str, str] = {one.key: one.act for one in _all() if one.key.startswith("g ")}


def keys_of(changes: str) -> dict[str, str]:
    """Act -> key, as this agent has them; empty where single signs do nothing. changes: as `write_keys` keeps them."""
    words = changes.split(" ")
    if OFF in words:
        return dict.fromkeys(DEFAULTS, "")
    moved = dict(word.split("=", 1) for word in words if "=" in word)
    return {act: moved.get(act, key) for act, key in DEFAULTS.items()}


def pressed(changes: str) -> dict[str, str]:
    """Key -> act or address, for a page."""
    mine = {key: act for act, key in keys_of(changes).items() if key}
    return mine | (dict(WAYS) if mine else {})


def write_keys(wanted: Mapping[str, str], *, off: bool) -> str:
    """What an agent keeps of a choice of keys by act. Raises InvalidInput for a key that does not do."""
    for act, key in wanted.items():
        if len(key) != 1 or not key.isprintable() or key in TAKEN_BY_KEYBOARDS | TAKEN_BY_US:
            raise InvalidInput(f"{key[:10]!r} cannot be a key", act, "no_key")
    mine = {**DEFAULTS} | {act: key for act, key in wanted.items() if act in DEFAULTS}
    if len(set(mine.values())) < len(mine):
        twice = next(act for act, key in reversed(mine.items()) if list(mine.values()).count(key) > 1)
        raise InvalidInput("one key cannot do two things", twice, "key_twice")
    moved = [f"{act}={key}" for act, key in mine.items() if key != DEFAULTS[act]]
    return " ".join([*([OFF] if off else []), *moved])
