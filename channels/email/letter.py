"""A mail as the inbox needs it: understood, made safe, split into new and quoted, and sorted by kind."""

import re
from dataclasses import dataclass

from hub.html.html_text import text_of_html
from hub.html.safe_html import MARK, SafeHtml, make_safe

from .flowed import unflowed
from .html_quotes import introduction, mark_quote
from .mail import Mail, understand
from .reply import Reply, split_reply
from .verdict import Verdict, judge

FORWARD = re.compile(r"\W*(?:fwd?|wg|tr|rv|i|enc|pd|doorst|vs|vb|fs)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    mail: Mail
    text: str
    safe: SafeHtml
    reply: Reply
    verdict: Verdict


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
    return Letter(mail, text, safe, reply, judge(mail, text))
