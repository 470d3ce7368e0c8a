"""A raw connection to a web server with little patience, from an address of its own."""

import asyncio
from contextlib import suppress


class Wire:
    """A raw connection from an address of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int, says: bytes = b"", source: str = "127.0.0.1") -> "Wire":
        wire = cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)))
        wire.writer.write(says)
        return wire

    async def rest(self) -> bytes:
        """Everything until the other side hangs up."""
        try:
            async with asyncio.timeout(20):
                return await self.reader.read()
        except ConnectionResetError:
            return b""
        finally:
            await self.close()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
