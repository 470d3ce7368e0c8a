"""Words that a provider has approved of: WhatsApp takes no others outside the 24 hours after a customer wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
