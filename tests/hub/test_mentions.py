"""hub.mentions: who is meant by an @ in a note, and who is not."""

import pytest

from hub.mentions import Colleague, find_mentioned, in_pieces

TEAM = [
    Colleague("1", "Lena Vogt", "lena@example.com"),
    Colleague("2", "Max Adler", "max.adler@example.com"),
    Colleague("3", "Max Öztürk", "oeztuerk@example.com"),
    Colleague("4", "Lena-Marie", "lm@example.com"),
]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Lena Vogt please look", ["1"]),
        ("@lena, please", ["1"]),
        ("see (@LENA VOGT)", ["1"]),
        ("@Lena-Marie", ["4"]),
        ("@max", []),
        ("@max.adler and @Max Öztürk!", ["2", "3"]),
        ("@Max Öztürk @Max Öztürk", ["3"]),
        ("write to lena@example.com", []),
        ("mail@lena", []),
        ("@lenas", []),
        ("@", []),
        ("", []),
    ],
)
def test_an_at_names_who_is_called_so(text, named):
    assert find_mentioned(text, TEAM) == named


def test_the_pieces_are_the_text():
    text = "Dear @Lena Vogt, ask @max.adler.\n@nobody"

    assert "".join(piece.text for piece in in_pieces(text, TEAM)) == text
    assert [piece.text for piece in in_pieces(text, TEAM) if piece.id] == ["@Lena Vogt", "@max.adler"]
