"""The table of docs/limits.md says what the code does."""

from pathlib import Path

import pytest

from channels.email import listener
from hub import accounts
from hub.clock import MINUTE
from hub.config import Settings
from hub.exchange import books
from hub.platform.limiter import WINDOW
from hub.web import downloads, guesses, hooks, live, public, tries
from hub.web.bodies import Bodies
from hub.web.chat import files, page, rooms, socket
from hub.web.chat.allowances import OCTETS_PER_HOUR
from hub.web.connections import MANY, Patience
from hub.webchat import confirmation

TABLE = Path(__file__).parents[2] / "docs" / "limits.md"
ROWS = dict(
    line.strip("| \n").split(" | ", 1) for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")
)
PATIENCE, BODIES, TIMES = Patience(), Bodies(), Settings().accounts
NUMBERS = {  # the beginning of a row, and the numbers that stand in it
    "a new HTTP connection's first request": [PATIENCE.first],
    "a connection between requests": [PATIENCE.between],
    "an answer that was asked for": [PATIENCE.between],
    "connections of one network that say nothing": [PATIENCE.grace, PATIENCE.per_network],
    "connections of one network at once": [MANY],
    "a body that was announced": [BODIES.slowest, BODIES.look_every],
    "slow bodies of one network": [BODIES.per_network],
    "webhooks at once": [hooks.AT_ONCE],
    "live streams of one session": [live.PER_SESSION],
    "signing in": [tries.PAIR, tries.NETWORK, tries.ACCOUNT, tries.KNOWN],
    "one-time links": [accounts.LINK_LIFETIME / MINUTE],
    "a session": [TIMES.idle_minutes / 60, TIMES.session_days],
    "a code of the second factor": [tries.PAIR, tries.KNOWN],
    "answers of passkeys": [guesses.GUESSES, tries.KNOWN],
    "made-up cookies": [guesses.MANY],
    "made-up one-time links": [guesses.GUESSES],
    "wrong tokens of the API": [guesses.MANY],
    "looks at what is unread": [page.LOOKS_PER_MINUTE],
    "sockets of the web chat": [rooms.MOST_SOCKETS],
    "frames of a socket": [socket.FRAMES_PER_MINUTE],
    "a silent SMTP connection": [listener.IDLE_SECONDS],
    "questions whether an address": [confirmation.PER_ADDRESS, confirmation.PER_NETWORK, confirmation.IN_ALL],
    "a sheet that is imported": [books.MAX_CELLS],
    "changes of consents": [public.CHANGES_A_DAY],
    "a file that somebody takes": [downloads.PIECE],
    "files uploaded in the web chat": [files.UPLOADS_PER_MINUTE, files.UPLOADS_PER_MINUTE * 4, OCTETS_PER_HOUR],
}


@pytest.mark.parametrize("begins", NUMBERS)
def test_number_in_the_table_is_that_of_the_code(begins):
    [row] = [f"{what} {limit}" for what, limit in ROWS.items() if what.startswith(begins)]
    words = row.replace(",", "").replace(";", " ").replace(":", " ").split()
    missing = [number for number in NUMBERS[begins] if f"{number:.12g}" not in words]
    assert not missing, row


def test_window_is_the_quarter_of_an_hour_that_the_table_says():
    assert WINDOW == 15 * MINUTE
