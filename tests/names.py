"""A name server on loopback that answers from a table, and a resolver that asks it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.asyncresolver import Resolver

Records = Mapping[tuple[str, str], Sequence[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from a table of (name, type) -> values; an empty table: it does not answer at all."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: object) -> None:
        if not self.records:
            return
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        [question] = query.question
        key = (question.name.to_text(omit_final_dot=True), question.rdtype.name)
        if key in self.records:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", key[1], *self.records[key]))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), peer)


@asynccontextmanager
async def open_names() -> AsyncIterator[Callable[[Records], Awaitable[Resolver]]]:
    """Gives a function: records -> a resolver that asks a name server with these records."""
    transports = []

    async def make(records: Records) -> Resolver:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(records), local_addr=("127.0.0.1", 0))
        transports.append(transport)
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = transport.get_extra_info("sockname")[1]
        resolver.lifetime = resolver.timeout = 0.5
        return resolver

    yield make
    for transport in transports:
        transport.close()
