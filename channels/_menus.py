"""Reads what a menu says and what its keys do: the part `voice` of a message template (docs/channels/voice.md)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

TARGET = re.compile(
    r"(?P<kind>team|menu|number|voicemail|callback|everybody|end)\b *(?P<name>.*?)(?: +label +(?P<label>.+))?"
)
CHOICE = re.compile(rf"(?P<key>[0-9*#]) +{TARGET.pattern} *:(?P<words>.*)")
NAMED = ("team", "menu", "number")  # kinds that need a name
NUMBER = re.compile(r"\+[1-9]\d{4,14}")
WORD = re.compile(r"\w+")
MOST = 60  # lines that are said


@dataclass(frozen=True, slots=True)
class Target:
    """kind: as in TARGET; name: of a team or a menu, or a number."""

    kind: str
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """words: what is said of it; spoken: what a caller may say instead of pressing the key."""

    key: str
    target: Target
    words: str
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """said: ("say" or "play", words or an address) in their order. times: how often it is said; seconds: how long a key
    is waited for; otherwise: where a caller goes who chooses nothing."""

    said: tuple[tuple[str, str], ...] = ()
    choices: tuple[Choice, ...] = ()
    otherwise: Target = Target("everybody")
    times: int = 3
    seconds: int = 5

    @property
    def hints(self) -> Sequence[str]:
        return [word for choice in self.choices for word in choice.spoken]

    def find(self, digits: str, speech: str = "") -> Choice | None:
        """What was pressed, or said."""
        heard = " ".join(["", *WORD.findall(speech.lower()), ""])
        for choice in self.choices:
            if digits == choice.key or (not digits and any(f" {word} " in heard for word in choice.spoken)):
                return choice
        return None


def read_menu(text: str) -> Menu:
    """A line that is nothing else is said."""
    said: list[tuple[str, str]] = []
    choices: dict[str, Choice] = {}
    spoken: dict[str, tuple[str, ...]] = {}
    facts: dict[str, int] = {}
    otherwise = Target("everybody")
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if found := _choice(line):
            choices.setdefault(found.key, found)
            said += [("say", found.words)] if found.words else []
        elif word == "play" and re.fullmatch(r"https?://\S+", rest):
            said.append(("play", rest))
        elif word in ("times", "seconds") and re.fullmatch(r"\d{1,2}", rest):
            facts[word] = max(int(rest), 1)
        elif word == "hear" and ":" in rest:
            key, _, words = rest.partition(":")
            spoken[key.strip()] = tuple(filter(None, (one.strip().lower() for one in words.split(","))))
        elif word == "otherwise" and (target := _target(rest)):
            otherwise = target
        elif not line.startswith("//"):
            said.append(("say", line))
    ready = tuple(Choice(one.key, one.target, one.words, spoken.get(one.key, ())) for one in choices.values())
    return Menu(tuple(said[:MOST]), ready, otherwise, **facts)


def _choice(line: str) -> Choice | None:
    found = CHOICE.fullmatch(line)
    target = _target(line[1:].partition(":")[0].strip()) if found else None
    return Choice(found["key"], target, found["words"].strip()) if found and target else None


def _target(text: str) -> Target | None:
    found = TARGET.fullmatch(text)
    if not found:
        return None
    kind, name = found["kind"], found["name"].strip()
    fits = bool(name) == (kind in NAMED) and (kind != "number" or NUMBER.fullmatch(name))
    return Target(kind, name, (found["label"] or "").strip()) if fits else None
