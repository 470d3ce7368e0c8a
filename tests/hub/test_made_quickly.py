"""Values that are made quickly are the frozen values they were."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from hub.made_quickly import made_quickly


@made_quickly
@dataclass(frozen=True, slots=True)
class Parcel:
    id: str
    weight: int = 1
    marks: Mapping[str, Any] = field(default_factory=dict)
    fragile: bool = field(default=False, kw_only=True)

    @property
    def heavy(self) -> bool:
        return self.weight > 10


def test_it_takes_what_the_dataclass_took() -> None:
    parcel = Parcel("a", 12, {"x": 1}, fragile=True)
    assert [getattr(parcel, one.name) for one in fields(parcel)] == ["a", 12, {"x": 1}, True]
    assert parcel.heavy
    assert repr(parcel) == "Parcel(id='a', weight=12, marks={'x': 1}, fragile=True)"
    assert Parcel(id="b") == Parcel("b", 1, {}, fragile=False)
    with pytest.raises(TypeError):
        Parcel()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Parcel("a", 1, {}, True)  # type: ignore[misc]


def test_groups_are_its_own_unless_given() -> None:
    assert Parcel("a").marks is not Parcel("a").marks
    given = {"x": 1}
    assert Parcel("a", marks=given).marks is given


def test_nobody_changes_it() -> None:
    parcel = Parcel("a")
    with pytest.raises(FrozenInstanceError):
        parcel.weight = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del parcel.id  # type: ignore[misc]
    assert type(parcel) is Parcel
    assert parcel.weight == 1


def test_it_is_copied_replaced_and_stored() -> None:
    parcel = Parcel("a", 2)
    assert replace(parcel, weight=3) == Parcel("a", 3)
    assert copy.copy(parcel) == copy.deepcopy(parcel) == pickle.loads(pickle.dumps(parcel)) == parcel
