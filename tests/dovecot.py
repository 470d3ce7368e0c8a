"""A throw-away Dovecot: a mailbox server that is not ours, to compare ours with."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 20.0

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {user}
mail_gid = {group}
auth_mechanisms = plain login{mechanisms}
{tokens}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Verschickt {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    home: Path
    port: int
    password: str
    owner: int

    def deliver(self, user: str, content: bytes) -> None:
        """As a mail server would put it into the Maildir."""
        box = self.home / "mail" / user
        for folder in (box, box / "tmp", box / "new", box / "cur"):
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, self.owner, self.owner)
        number = time.time_ns()
        file = box / "tmp" / f"{number}.test"
        file.write_bytes(content)
        os.chown(file, self.owner, self.owner)
        file.rename(box / "new" / file.name)


TOKENS = """
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {home}/oauth2.conf
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


@contextmanager
def open_dovecot(password: str, introspection: str = "", mechanisms: str = "xoauth2 oauthbearer") -> Iterator[Dovecot]:
    """introspection: where it asks about access tokens (RFC 7662); without it, it takes none."""
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    if not Path(program).exists():
        raise RuntimeError("dovecot is missing: install the package dovecot-imapd")
    with tempfile.TemporaryDirectory(prefix="hub-imap-") as folder, socket.socket() as probe:
        home = Path(folder)
        home.chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        me = pwd.getpwuid(os.getuid())
        user = "nobody" if me.pw_uid == 0 else me.pw_name
        owner = pwd.getpwnam(user)
        group = subprocess.run(["id", "-gn", user], check=True, capture_output=True, text=True).stdout.strip()
        (home / "mail").mkdir()
        os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
        config = home / "dovecot.conf"
        tokens = {"mechanisms": "", "tokens": ""}
        if introspection:
            (home / "oauth2.conf").write_text(INTROSPECTION.format(url=introspection))
            tokens = {"mechanisms": f" {mechanisms}", "tokens": TOKENS.format(home=home, mechanisms=mechanisms)}
        places = {"home": home, "port": port, "user": user, "group": group}
        config.write_text(CONFIG.format(password=password, **places, **tokens))
        server = subprocess.Popen([program, "-F", "-c", str(config)], stderr=subprocess.STDOUT)
        try:
            _wait(port, home / "log", server)
            yield Dovecot(home, port, password, owner.pw_uid)
        finally:
            server.terminate()
            server.wait(10)


def _wait(port: int, log: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as line:
                if line.recv(100).startswith(b"* OK"):
                    return
        except OSError:
            time.sleep(0.05)
        if server.poll() is not None:
            break
    raise RuntimeError(f"dovecot does not start: {log.read_text() if log.exists() else 'no log'}")
