"""What a hub that waits has not loaded: each of these is megabytes, and comes with its first use."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TYPES = ("email.channel", "sms", "whatsapp", "telegram", "voice", "webchat", "letter")
BY_FIRST_USE = {
    *("telegram", "httpx", "twilio.rest", "requests", "urllib3"),
    *("cryptography", "charset_normalizer", "nh3", "css_inline", "webauthn", "jwt"),
    *(
        "alembic",
        "sqlalchemy.orm",
        "asyncpg",
        "redis",
        "holidays",
        "icalendar",
        "xlsxwriter",
        "python_calamine",
        "typst",
    ),
}


def test_a_hub_with_every_adapter_has_loaded_no_library_for_what_nobody_does():
    """Counted in a process of its own: this one has loaded them all."""
    modules = ["hub.cli.serve", "hub.app", *(f"channels.{name}" for name in TYPES)]
    told = (
        f"import importlib, sys; [importlib.import_module(name) for name in {modules}]; print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) & BY_FIRST_USE == set()
