"""What a child that reads may say to the hub: plain data, checked against hub.model field by field.

A frame is JSON, `[verdict, answer, sizes of pieces]` behind its own length, and then the pieces: files and long texts,
to which the answer refers by number. Whatever a child sends, unpacking it builds values of hub.model or raises Garbled.
"""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hub.model import Event

HEADER = struct.Struct(">Q")
VERDICTS = READ, UNREADABLE, DEFERRED, FAULT = range(4)
LONG = 200  # signs: from here on a text is faster as a piece than escaped in JSON
TEXT = ("utf-8", "surrogatepass")

Check = Callable[[Any, Sequence[bytes]], Any]


class Garbled(Exception):
    """The bytes are no answer."""


def pack(verdict: int, answer: object) -> bytes:
    """answer: events when it was READ, else words."""
    pieces: list[bytes] = []

    def place(value: Any) -> Any:
        kind = type(value)
        if kind is bytes or (kind is str and len(value) > LONG):
            pieces.append(value if kind is bytes else value.encode(*TEXT))
            return len(pieces) - 1
        return value

    def plain(noun: Any) -> object:
        return [type(noun).__name__, *[place(getattr(noun, name)) for name in noun.__slots__]]

    told = json.dumps([verdict, answer], default=plain, allow_nan=False)
    text = f"{told[:-1]}, {list(map(len, pieces))}]".encode("ascii")
    return b"".join((HEADER.pack(len(text)), text, *pieces))


def unpack(frame: bytes) -> tuple[int, Any]:
    """The verdict, and tuple[Event, ...] when it was READ, else words. Raises Garbled."""
    try:
        (size,) = HEADER.unpack_from(frame)
        begin = HEADER.size + size
        verdict, answer, sizes = json.loads(frame[HEADER.size : begin])
        pieces = [frame[start:end] for start, end in pairwise(accumulate(sizes, initial=begin))]
        if begin + sum(sizes) != len(frame) or any(size < 0 for size in sizes):
            raise Garbled("sizes that do not fit")
        if verdict == READ:
            return READ, _EVENTS(answer, pieces)
        return VERDICTS[_word(int, verdict)], _word(str, answer)
    except (ValueError, TypeError, LookupError, RecursionError, struct.error) as trouble:
        raise Garbled(f"{type(trouble).__name__}: {trouble}") from trouble


def _check_of(hint: Any) -> Check:
    """What turns plain data into a value of this type, or raises ValueError, TypeError or LookupError."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return _one_of([one for one in inner if is_dataclass(one)], [one for one in inner if not is_dataclass(one)])
    if is_dataclass(hint):
        return _one_of([hint], [])
    if origin is tuple:
        item = _check_of(inner[0])
        return lambda value, pieces: tuple([item(one, pieces) for one in _word(list, value)])
    if origin is Mapping:
        return lambda value, _: _word(dict, value)
    if hint is bytes:
        return lambda value, pieces: pieces[_word(int, value)]
    if hint is str:
        return lambda value, pieces: value if type(value) is str else pieces[_word(int, value)].decode(*TEXT)
    if issubclass(hint, StrEnum):
        return lambda value, _: hint(value)
    return lambda value, _: _word(hint, value)


def _one_of(nouns: Sequence[Any], words: Sequence[type]) -> Check:
    """A noun is a list that begins with its name."""
    makers = {noun.__name__: _maker(noun) for noun in nouns}

    def check(value: Any, pieces: Sequence[bytes]) -> Any:
        if type(value) is list:
            return makers[value[0]](value[1:], pieces)
        if type(value) not in words:
            raise TypeError(f"{type(value).__name__} where {words} may stand")
        return value

    return check


def _maker(noun: Any) -> Check:
    hints = get_type_hints(noun)
    checks = [_check_of(hints[name]) for name in noun.__slots__]
    return lambda values, pieces: noun(*[check(one, pieces) for check, one in zip(checks, values, strict=True)])


def _word(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where {kind.__name__} stands")
    return value


_EVENTS = _check_of(tuple[Event, ...])
