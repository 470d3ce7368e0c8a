"""What a customer may choose from: buttons where the channel has them, elsewhere numbered lines below the words."""

from collections.abc import Sequence
from dataclasses import replace

from hub.channel import Channel
from hub.errors import InvalidInput
from hub.outbound.compose import Reply
from hub.store.messages import Message

BUTTONS = "buttons"  # in the options of a reply, and in the parts of a message that has some
MOST, LONGEST = 10, 60


def read_buttons(lines: Sequence[str]) -> list[str]:
    """One a line, each once. Raises InvalidInput."""
    titles = list(dict.fromkeys(title for line in lines if (title := " ".join(line.split()))))
    if len(titles) > MOST or any(len(title) > LONGEST for title in titles):
        raise InvalidInput(f"at most {MOST} buttons of {LONGEST} characters", BUTTONS, "buttons")
    return titles


def buttons_of(message: Message) -> list[str]:
    """Below a message of ours."""
    titles = message.parts.get(BUTTONS)
    return [title for title in titles if isinstance(title, str)] if isinstance(titles, list) else []


def offered(channel: Channel, reply: Reply) -> Reply:
    """As that channel shows them. Raises InvalidInput."""
    titles = read_buttons(reply.options[BUTTONS])
    options = {name: value for name, value in reply.options.items() if name != BUTTONS}
    if not titles:
        return replace(reply, options=options)
    if not reply.text.strip():
        raise InvalidInput("buttons stand below words: say what is to be chosen", "text", "buttons_alone")
    if _carries(channel, reply, titles):
        return replace(reply, options=options | {BUTTONS: titles}, parts={**reply.parts, BUTTONS: titles})
    lines = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    return replace(reply, options=options, text=f"{reply.text.rstrip()}\n\n{lines}", html="")


def _carries(channel: Channel, reply: Reply, titles: Sequence[str]) -> bool:
    """Where files leave by themselves, nobody knows below which of them buttons would stand."""
    able = channel.capabilities
    fits = all(len(title) <= able.button_signs for title in titles) and len(reply.text) <= able.button_text
    return len(titles) <= able.buttons and fits and not (reply.attachments and able.media_links)
