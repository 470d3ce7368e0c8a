"""Tries a channel step by step, for page and API alike: what works, and what the first thing is that does not."""

from dataclasses import dataclass

from hub.channel import Channel


@dataclass(frozen=True, slots=True)
class Tried:
    """problems: in the operator's words, none when all is well; next: what can be done about them."""

    name: str
    problems: tuple[str, ...] = ()
    next: str = ""


async def try_steps(channel: Channel) -> list[Tried]:
    """In the order tried; the failing one is the last."""
    tried: list[Tried] = []
    for step in channel.steps():
        problems = await step.check()
        if problems:
            return [*tried, Tried(step.name, tuple(problems), step.next)]
        tried.append(Tried(step.name))
    return tried
