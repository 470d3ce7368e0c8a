"""A reply by words that the provider has approved of, filled in; what WhatsApp would refuse is refused before."""

from collections.abc import Mapping
from dataclasses import replace

from hub.channel import Channel
from hub.errors import InvalidInput, ReadDeferred
from hub.outbound.buttons import BUTTONS
from hub.outbound.compose import Reply
from hub.registry import Registry

OPTION = FIELD = "whatsapp_template"


async def by_approved_words(channels: Registry, reply: Reply, content_sid: str, variables: Mapping[str, str]) -> Reply:
    """The reply says what the customer will read. Raises InvalidInput."""
    channel = channels.find(reply.channel if reply.channel not in ("", "preferred") else "whatsapp")
    if channel is None or not channel.capabilities.window:
        raise InvalidInput("only WhatsApp takes approved templates", FIELD, "no_templates")
    if reply.attachments:
        raise InvalidInput("an approved template carries no files of ours", "attachments", "no_files")
    if reply.options.get(BUTTONS):
        raise InvalidInput("an approved template carries no buttons of ours", BUTTONS, "no_buttons")
    text = await _words(channel, content_sid, variables)
    options = {**reply.options, OPTION: {"content_sid": content_sid, "variables": dict(variables)}}
    return replace(reply, channel=reply.channel or channel.type, text=text, html="", options=options)


async def _words(channel: Channel, content_sid: str, variables: Mapping[str, str]) -> str:
    """While the provider does not tell what it has approved of, the template's id stands for its words."""
    try:
        known = await channel.approved()
    except ReadDeferred:
        return f"{content_sid}: {', '.join(variables.values())}".removesuffix(": ")
    template = next((one for one in known if one.content_sid == content_sid), None)
    if template is None:
        raise InvalidInput(f"no approved template has the id {content_sid}", FIELD, "not_approved")
    lacking = [name for name in template.gaps if not variables.get(name, "").strip()]
    if lacking:
        raise InvalidInput(f"the template also wants {', '.join(lacking)}", FIELD, "lacking")
    return template.filled(variables)
