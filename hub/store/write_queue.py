"""Who writes next: calls somebody waits for this instant overtake the others, but never shut them out."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class WriteQueue(Generic[T]):
    """Filled by many threads, emptied by one: `take` begins a group, `more` goes on with it.

    A group holds calls of one lane. One of the second lane ends as soon as somebody waits in the first; after a
    group of the first, one call of the second has its turn. overtaking: the group is one of the first lane.
    """

    def __init__(self, limit: int) -> None:
        """limit: the most calls of one group."""
        self._limit = limit
        self._first: deque[T] = deque()
        self._second: deque[T] = deque()
        self._ready = threading.Condition()
        self._closed = False
        self.overtaking = self._yielding = False
        self._taken = 0

    def put(self, call: T, first: bool = False) -> None:
        with self._ready:
            (self._first if first else self._second).append(call)
            self._ready.notify()

    def close(self) -> None:
        """What is already waiting is still handed out."""
        with self._ready:
            self._closed = True
            self._ready.notify()

    def take(self) -> T | None:
        """Waits for the first call of the next group; None when closed and empty."""
        with self._ready:
            while not (self._first or self._second):
                if self._closed:
                    return None
                self._ready.wait()
            self._taken = 1
            if self._first and not (self._yielding and self._second):
                self.overtaking, self._yielding = True, True
                return self._first.popleft()
            self.overtaking, self._yielding = False, False
            return self._second.popleft()

    def more(self) -> T | None:
        """The next call of the group, None when it ends."""
        # No lock, because one thread takes. With a second taker, what is looked at here could be gone at the pop; with
        # a lock, whoever puts would wait for every call of a group.
        lane = self._first if self.overtaking else self._second
        if not lane or self._taken == self._limit or (self._first and not self.overtaking):
            return None
        self._taken += 1
        return lane.popleft()
