#!/bin/sh
# A mail that comes just before IDLE waits until the time of waiting is over, though the server told of it at once.
#
# Guess: IDLE (RFC 2177) is asked for so that nothing is missed: what the server says right behind "+ idling" (a mail came
#        while the last command was under way) ends the waiting.
# Seen:  imap-tools 1.16.0 reads the continuation through the buffered file of Python's imaplib, which takes the whole
#        packet, and then waits at the socket, where nothing is left to see. poll() and wait() come back empty when their
#        time is over; when the news come in a packet of their own, the same calls come back at once.
# So:    ask the buffer before waiting at the socket, as the hub does, or look for mail right after IDLE has begun.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check imap-tools==1.16.0
"$dir/venv/bin/python" - <<'PYTHON'
import socket
import threading
import time
from importlib.metadata import version

from imap_tools import MailBoxUnencrypted

ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n",
    b"LOGIN": b"",
    b"SELECT": b"* 0 EXISTS\r\n",
}
WAIT, APART = 4, 0.5  # seconds


def serve(door, together):
    line, _ = door.accept()
    with line, line.makefile("rb") as said:
        line.sendall(b"* OK ready\r\n")
        for asked in said:
            tag, command, *_ = asked.split()
            if command != b"IDLE":
                line.sendall(ANSWERS[command] + tag + b" OK done\r\n")
                continue
            if together:
                line.sendall(b"+ idling\r\n* 1 EXISTS\r\n")
            else:
                line.sendall(b"+ idling\r\n")
                time.sleep(APART)
                line.sendall(b"* 1 EXISTS\r\n")
            said.readline()
            line.sendall(tag + b" OK idle ended\r\n")
            return


def wait(together):
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, args=(door, together), daemon=True).start()
        box = MailBoxUnencrypted("127.0.0.1", door.getsockname()[1])
        box.login("ada", "secret")
        began = time.monotonic()
        box.idle.start()
        news = box.idle.poll(WAIT)
        took = time.monotonic() - began
        box.idle.stop()
        box.client.shutdown()
        return news, took


print("imap-tools", version("imap-tools"))
for together in (True, False):
    news, took = wait(together)
    print(f"{'in one packet' if together else 'apart'}: {news} after {took:.1f} s of at most {WAIT}")
    if together:
        assert (news, took >= WAIT) == ([], True)
    else:
        assert (news, took < WAIT) == ([b"* 1 EXISTS"], True)
PYTHON
