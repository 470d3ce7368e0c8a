"""hub.inbound.answers: what a child says becomes values of hub.model, or nothing at all."""

import json
import pickle
from dataclasses import replace

import pytest

from hub.inbound.answers import FAULT, HEADER, READ, UNREADABLE, Garbled, pack, unpack
from hub.model import (
    Address,
    AddressState,
    Attachment,
    CallUpdate,
    ChatChanged,
    DeliveryState,
    Direction,
    Edited,
    Inbound,
    Reachability,
    Receipt,
    RemoteFile,
    Report,
    Sort,
)

ADA = Address("email", "ada@example.com", "scope")
MAIL = Inbound(
    ADA,
    "m1",
    "Grüße \ud800 \0",
    occurred_at=5,
    attachments=(Attachment("a", "b/c", b"\x00\xff" * 9), Attachment("d", "e/f", b"", inline=True)),
    html="<p>ä\ud800</p>" * 100,
    files=(RemoteFile("r"),),
    references=("x", "y"),
    sorted_as=Sort.LIST,
    parts={"to": [{"name": "n"}], "n": 1, "none": None},
)
RECEIPT = Receipt("p", DeliveryState.FAILED, bounced=True)
EVENTS = (
    MAIL,
    Edited(ADA, "m1", "new"),
    ChatChanged(ADA, "pinned"),
    RECEIPT,
    Report((RECEIPT,), MAIL),
    Report((RECEIPT,), None),
    Reachability(ADA, AddressState.BLOCKED),
    CallUpdate("c", ADA, Direction.IN, recording=RemoteFile("r"), duration=3),
)


def frame(told: object, files: bytes = b"") -> bytes:
    text = json.dumps(told).encode()
    return HEADER.pack(len(text)) + text + files


def test_each_event_comes_back_as_it_was():
    assert unpack(pack(READ, EVENTS)) == (READ, EVENTS)
    assert unpack(pack(READ, ())) == (READ, ())


def test_words_come_back_as_they_were():
    assert unpack(pack(UNREADABLE, "no mail")) == (UNREADABLE, "no mail")
    assert unpack(pack(FAULT, "")) == (FAULT, "")


def test_what_is_no_plain_data_is_not_packed():
    with pytest.raises((AttributeError, TypeError, ValueError)):
        pack(READ, (replace(MAIL, parts={"x": object()}),))
    with pytest.raises(ValueError, match="float"):
        pack(READ, (replace(MAIL, parts={"x": float("nan")}),))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x00" * 7,
        pickle.dumps(MAIL),
        pack(READ, EVENTS)[:-1],
        pack(READ, EVENTS) + b"x",
        HEADER.pack(2**63) + b"[]",
        frame(None),
        frame([READ, [], []], b"x"),
        frame([READ, [], [-1, 1]]),
        frame([READ, [], ["1"]]),
        frame([9, "words", []]),
        frame([True, "words", []]),
        frame([UNREADABLE, ["words"], []]),
        frame([READ, "words", []]),
        frame([READ, [["Address", "a", "b", ""]], []]),
        frame([READ, [["ChatChanged", ["Address", "a", "b", ""], 5, "", None]], []]),
        frame([READ, [["ChatChanged", ["Inbound"], "w", "", None]], []]),
        frame([READ, [["ChatChanged", ["Address", "a", "b", ""], "w", "", "soon"]], []]),
        frame([READ, [["ChatChanged", ["Address", "a", "b", ""], "w"]], []]),
        frame([READ, [["Reachability", ["Address", "a", "b", ""], "dancing", ""]], []]),
        frame([READ, [[["ChatChanged"]]], []]),
        frame([READ, [[]], []]),
    ],
)
def test_anything_else_is_no_answer(said):
    with pytest.raises(Garbled):
        unpack(said)
