"""Mails for tests: the written ones of tests/fixtures/email, and quick ones made on the spot."""

from pathlib import Path

from hub.model import Address, Outbound

FIXTURES = Path(__file__).parent / "fixtures" / "email"
SUPPORT = "support@hub.example"
DELIVERY = "0190a0000000700080000000000000aa"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.eml").read_bytes()


def letter(text: str = "Where is my order?", **headers: str) -> bytes:
    """A plain mail from Ada; headers by their names with _ for -, an empty one leaves the default out."""
    fields = {
        "From": "Ada Lovelace <ada@example.com>",
        "To": f"Support <{SUPPORT}>",
        "Subject": "Order 4711",
        "Date": "Thu, 12 Nov 2026 09:10:11 +0100",
        "Message-ID": "<m1@example.com>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return (head + "\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


def page(html: str) -> bytes:
    """The same as HTML only."""
    return letter(html, MIME_Version="1.0", Content_Type="text/html; charset=utf-8")


def outbound(text: str = "It is on its way.", recipient: str = "ada@example.com", **more: object) -> Outbound:
    values: dict[str, object] = {"subject": "Re: Order 4711", "message_id": "tok.sig@hub.example"} | more
    return Outbound(delivery_id=DELIVERY, recipient=Address("email", recipient), text=text, **values)  # type: ignore[arg-type]
