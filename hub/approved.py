"""Words that a provider has approved of: WhatsApp takes no others outside the 24 hours after a customer wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

OPTION = "whatsapp_template"
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """variables: name -> an example; body: with its gaps, `{{1}}`."""

    content_sid: str
    name: str
    language: str
    body: str
    variables: Mapping[str, str]
    category: str = ""

    @property
    def gaps(self) -> tuple[str, ...]:
        """What has to be filled in, in the order of the text."""
        return tuple(dict.fromkeys([*_GAP.findall(self.body), *self.variables]))

    def filled(self, variables: Mapping[str, str]) -> str:
        """As the customer reads it."""
        return _GAP.sub(lambda gap: variables.get(gap[1], gap[0]), self.body)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of them, with what comes into its gaps."""

    content_sid: str
    variables: Mapping[str, str]

    def says(self, known: ApprovedTemplate | None) -> str:
        """As the customer reads it; the id stands for words that nobody has told us yet."""
        if known:
            return known.filled(self.variables)
        return f"{self.content_sid}: {', '.join(self.variables.values())}".removesuffix(": ")

    @property
    def option(self) -> dict[str, object]:
        """As an adapter finds it among `Outbound.options`."""
        return {OPTION: {"content_sid": self.content_sid, "variables": dict(self.variables)}}
