"""hub.reasons: every code has a sentence and is given by somebody; what others said stands beside it as it was said."""

from pathlib import Path

import pytest

from hub.reasons import NO_REASON, SENTENCES, Reason, Why, say

HOUSE = Path(__file__).parents[2]


def test_every_code_has_a_sentence():
    assert list(SENTENCES) == list(Why)


def test_every_code_is_given_somewhere():
    files = [*(HOUSE / "hub").rglob("*.py"), *(HOUSE / "channels").rglob("*.py")]
    source = "".join(file.read_text("utf-8") for file in files if file.name != "reasons.py")
    assert not [why.name for why in Why if f"Why.{why.name}" not in source]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (NO_REASON, ""),
        (Reason(Why.TAKEN_BACK), "[taken back]"),
        (Reason(Why.ADDRESS_BLOCKED, "STOP"), "[the address is blocked]: STOP"),
        (Reason(detail="550 taken back"), "550 taken back"),
        (Reason(detail="taken back"), "taken back"),
        (Reason("night"), "[night]"),
    ],
)
def test_only_the_sentence_of_a_code_is_translated(reason, said):
    assert say(reason, lambda text: f"[{text}]") == said
