"""What is written and read quickly is what `json` writes and reads."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store.quick_json import dumps, loads

WORDS = st.text(st.characters(), max_size=20)  # with halves of surrogate pairs, which stray into JSON from elsewhere
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=20)


@given(VALUES)
def test_any_value_comes_back_whoever_writes_and_whoever_reads(value):
    assert json.loads(dumps(value)) == loads(json.dumps(value)) == loads(dumps(value)) == value
    assert dumps(value).isascii()


def test_no_number_is_a_number_too():
    assert math.isnan(loads(dumps(math.nan)))
    assert loads(dumps([math.inf, -math.inf])) == [math.inf, -math.inf]


@pytest.mark.parametrize("broken", ["", "{", "[1,]", "{} x", "\ufeff{}"])
def test_what_is_no_json_is_refused_as_ever(broken):
    with pytest.raises(json.JSONDecodeError):
        loads(broken)
