"""One message of former days, as whoever kept it tells it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.model import Address, Direction, Inbound

MAX_PROBLEMS = 1_000  # that are told one by one


@dataclass(frozen=True, slots=True)
class Past:
    """said: as a channel reads what comes in; its sender is the customer, whoever spoke. by: who of us wrote it, and
    from which address, where we did. threads: names that it shares with what belongs to the same conversation (the
    ids of mails, the number of a ticket), its own first. topic: what it is about; goes_on: programs that name nothing
    they answer leave the topic, which then leads to its conversation. also: more addresses of the same customer."""

    said: Inbound
    direction: Direction
    channel: str
    channel_type: str
    at: int
    threads: tuple[str, ...]
    topic: str = ""
    goes_on: bool = False
    by_name: str = ""
    by_address: str = ""
    also: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """reason: in the operator's words; fault: False where nobody wants it here (a draft, spam)."""

    where: str
    reason: str
    fault: bool = True


@dataclass
class Brought:
    """What an import did. apart: why nobody wants what was left out for no fault -> how often."""

    added: int = 0
    known: int = 0
    conversations: int = 0
    customers: int = 0
    apart: Counter[str] = field(default_factory=Counter)
    problems: list[LeftOut] = field(default_factory=list)
    refused: int = 0

    def count(self, added: int, known: int, conversations: int, customers: int) -> None:
        self.added += added
        self.known += known
        self.conversations += conversations
        self.customers += customers

    def leave(self, left: Iterable[LeftOut]) -> None:
        for one in left:
            if not one.fault:
                self.apart[one.reason] += 1
                continue
            self.refused += 1
            if len(self.problems) < MAX_PROBLEMS:
                self.problems.append(one)
