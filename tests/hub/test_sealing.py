"""hub.sealing: a file opens with its key and as it was written, or it does not open at all."""

import stat
import tracemalloc

import pytest

from hub.errors import Locked, Unreadable
from hub.sealing import FIRST, PIECE, TAG, is_sealed, seal, unseal
from hub.vault import Vault

SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 5)
WHOLE = PIECE + TAG


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "hub.key")


@pytest.fixture
def sealed(tmp_path, vault):
    """Of two pieces and five octets."""
    (tmp_path / "plain").write_bytes(b"customer" * (PIECE // 4) + b"Ada L")
    seal(vault.file_key(), tmp_path / "plain", tmp_path / "sealed")
    return tmp_path / "sealed"


@pytest.mark.parametrize("size", SIZES)
def test_file_of_any_size_comes_back_as_it_was(tmp_path, vault, size):
    plain, there, back = (tmp_path / name for name in ("plain", "there", "back"))
    plain.write_bytes(bytes(at % 251 for at in range(size)))
    seal(vault.file_key(), plain, there)
    unseal(vault.find_file_key, there, back)

    assert back.read_bytes() == plain.read_bytes()
    assert (is_sealed(there), is_sealed(plain)) == (True, False)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (there, back)} == {0o600}


def test_nothing_of_it_can_be_read_without_the_key(tmp_path, vault, sealed):
    again = tmp_path / "again"
    seal(vault.file_key(), tmp_path / "plain", again)

    assert b"customer" not in sealed.read_bytes()
    assert again.read_bytes()[FIRST : FIRST + 64] != sealed.read_bytes()[FIRST : FIRST + 64]
    other = Vault(tmp_path / "other.key")
    other.add_key()
    with pytest.raises(Locked, match="is not in") as refused:
        unseal(other.find_file_key, sealed, tmp_path / "back")
    assert vault.file_key()[0] in str(refused.value)


@pytest.mark.parametrize(
    ("how", "spoil"),
    [
        ("its head", lambda whole: whole[: FIRST - 1]),
        ("all but its head", lambda whole: whole[:FIRST]),
        ("its last piece", lambda whole: whole[: FIRST + 2 * WHOLE]),
        ("half a piece", lambda whole: whole[: FIRST + WHOLE + 99]),
        ("its last octet", lambda whole: whole[:-1]),
        ("one more octet", lambda whole: whole + b"x"),
        ("one bit", lambda whole: whole[: FIRST + 9] + bytes([whole[FIRST + 9] ^ 1]) + whole[FIRST + 10 :]),
        ("the salt", lambda whole: whole[: FIRST - 1] + bytes([whole[FIRST - 1] ^ 1]) + whole[FIRST:]),
        ("two pieces that changed places", lambda whole: _swapped(whole)),
        ("a piece twice", lambda whole: whole[: FIRST + WHOLE] + whole[FIRST:]),
    ],
)
def test_file_that_is_not_whole_is_refused_in_words(tmp_path, vault, sealed, how, spoil):
    sealed.write_bytes(spoil(sealed.read_bytes()))

    with pytest.raises(Unreadable, match="cut off") as refused:
        unseal(vault.find_file_key, sealed, tmp_path / "back")
    assert str(sealed) in str(refused.value), how


def _swapped(whole: bytes) -> bytes:
    first, second = whole[FIRST : FIRST + WHOLE], whole[FIRST + WHOLE : FIRST + 2 * WHOLE]
    return whole[:FIRST] + second + first + whole[FIRST + 2 * WHOLE :]


def test_large_file_needs_the_memory_of_a_few_pieces(tmp_path, vault):
    (tmp_path / "plain").write_bytes(bytes(24 * PIECE))
    tracemalloc.start()
    seal(vault.file_key(), tmp_path / "plain", tmp_path / "sealed")
    unseal(vault.find_file_key, tmp_path / "sealed", tmp_path / "back")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 8 * PIECE
