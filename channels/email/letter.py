"""A mail as the inbox needs it: understood, made safe, split into new and quoted, and sorted by kind."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from hub.html.html_text import text_of_html
from hub.html.safe_html import MARK, SafeHtml, make_safe

from .automatic import is_auto_reply, is_automatic
from .bounces import (
    Bounce,
    Complaint,
    delivery_reports,
    free_form_bounces,
    is_feedback,
    original_message_id,
    parts_of,
    read_complaint,
    read_disposition,
)
from .flowed import unflowed
from .html_quotes import introduction, mark_quote
from .mail import Mail, understand
from .reply import Reply, split_reply

FORWARD = re.compile(r"\W*(?:fwd?|wg|tr|rv|i|enc|pd|doorst|vs|vb|fs)\s*:", re.IGNORECASE)
GOOD_NEWS = {"delivered", "relayed", "expanded"}


class Kind(StrEnum):
    MESSAGE = "message"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Letter:
    """reports: what delivery reports say (bounces, and good news); original_id: the mail of ours they are about."""

    mail: Mail
    kind: Kind
    text: str
    safe: SafeHtml
    reply: Reply
    automatic: bool
    reports: list[Bounce] = field(default_factory=list)
    complaint: Complaint | None = None
    read_receipt: str = ""
    original_id: str = ""

    @property
    def bounces(self) -> list[Bounce]:
        return [report for report in self.reports if report.action not in GOOD_NEWS]


def read_letter(raw: bytes) -> Letter:
    """Never raises; what could not be read is in `mail.problems`."""
    mail = understand(raw)
    page = mail.html if mail.text else mark_quote(mail.html)
    safe = make_safe(page, mail.files) if page else SafeHtml("", "", ())
    if page and not safe.html.strip():
        mail.problems.append("nothing of the HTML can be shown")
    marked = mail.text or text_of_html(safe.marked)
    text = marked.replace(MARK, "").strip("\n")
    lines = unflowed(marked, delsp=mail.flowed.get("delsp", "").lower() == "yes") if mail.flowed else marked
    reply = split_reply(lines, forwarded=bool(FORWARD.match(mail.subject)), introduction=introduction(mail.html))
    parts = parts_of(mail)
    reports = delivery_reports(mail, parts)
    complaint = read_complaint(mail, parts)
    feedback = is_feedback(parts)
    if not reports and not feedback:
        reports = free_form_bounces(mail, text)
    disposition = read_disposition(mail, parts)
    kind = _kind(mail, reports, complaint, told=feedback or bool(disposition))
    original = disposition[1] if disposition and disposition[1] else ""
    if reports or complaint or disposition:
        original = original or original_message_id(mail, parts, text)
    return Letter(
        mail,
        kind,
        text,
        safe,
        reply,
        automatic=kind != Kind.MESSAGE or is_automatic(mail),
        reports=reports,
        complaint=complaint,
        read_receipt=disposition[0] if disposition else "",
        original_id=original,
    )


def _kind(mail: Mail, reports: list[Bounce], complaint: Complaint | None, *, told: bool) -> Kind:
    """told: a machine tells something else about a mail of ours."""
    if complaint:
        return Kind.COMPLAINT
    if any(report.action not in GOOD_NEWS for report in reports):
        return Kind.BOUNCE
    return Kind.AUTO_REPLY if reports or told or is_auto_reply(mail) else Kind.MESSAGE
