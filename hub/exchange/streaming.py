"""Customers as a table piece by piece: however many there are, a page of them stands in memory."""

import io
from collections.abc import AsyncIterator, Callable, Sequence

from hub.exchange.customers import record_of_whole
from hub.exchange.records import cells_of, header_of
from hub.exchange.sheets import write_rows
from hub.store.whole_customers import Whole

PIECE = 64_000  # signs, about, that leave together


async def csv_of(people: Callable[[], AsyncIterator[Whole]], separator: str = ",") -> AsyncIterator[bytes]:
    """As write_csv writes it. people is gone through twice: which columns there are, then what stands in them."""
    columns: set[str] = set()
    async for whole in people():
        columns.update(cells_of(record_of_whole(whole)))
    header = header_of(columns)
    table = _Table(separator)
    table.add(header)
    async for whole in people():
        cells = cells_of(record_of_whole(whole))
        table.add([cells.get(name, "") for name in header])
        if table.size > PIECE:
            yield table.taken()
    yield table.taken()


class _Table:
    def __init__(self, separator: str) -> None:
        self._text = io.StringIO("\ufeff", newline="")
        self._text.seek(0, io.SEEK_END)
        self._separator = separator

    @property
    def size(self) -> int:
        return self._text.tell()

    def add(self, row: Sequence[str]) -> None:
        write_rows(self._text, [row], self._separator)

    def taken(self) -> bytes:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode("utf-8", "replace")
