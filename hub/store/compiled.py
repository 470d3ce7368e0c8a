"""Keeps statements as they were compiled, for every store that this process opens."""

from typing import Any

KEPT = 2_000  # conditions of segments come in endless shapes


class Compiled(dict[Any, Any]):
    """What SQLAlchemy calls a compiled_cache. It asks with (dialect, statement, ...); each store has a dialect of its
    own, and those of one name are alike."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        if len(self) >= KEPT:
            self.clear()
        super().__setitem__((key[0].name, *key[1:]), compiled)


COMPILED = Compiled()
