"""A mail as the inbox needs it: understood, made safe, split into new and quoted, and sorted by kind."""

import re
from dataclasses import dataclass

from hub.html.html_text import text_of_html
from hub.html.safe_html import MARK, SafeHtml, make_safe

from . import phrases
from .flowed import unflowed
from .html_quotes import introduction, mark_quote
from .mail import Mail, understand
from .reply import Reply, split_reply
from .verdict import Verdict, judge

FORWARD = re.compile(rf"\W*({phrases.FORWARD_PREFIXES})\s*[:：]", re.IGNORECASE)
ANSWER = re.compile(rf"\W*(?:{phrases.ANSWER_PREFIXES})(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
DROPPED = re.compile(r"<(?:script|svg|math|form|embed|iframe|canvas|template|textarea|video)\b", re.I)
MAX_RECIPIENTS = 100  # an attribution may be of
FINNISH = re.compile(r"^(?:Lähettäjä:|.{1,200} kirjoitti)", re.MULTILINE)


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
    if not safe.html.strip() and DROPPED.search(page):
        mail.problems.append("not shown: HTML that holds nothing but what may not be shown")
    marked = mail.text or text_of_html(safe.marked)
    text = marked.replace(MARK, "").strip("\n")
    reply = _reply(mail, marked, text)
    return Letter(mail, text, safe, reply, judge(mail, text))


def _reply(mail: Mail, marked: str, text: str) -> Reply:
    """Where nothing would be left, everything is new."""
    lines = unflowed(marked, delsp=mail.flowed.get("delsp", "").lower() == "yes") if mail.flowed else marked
    reply = split_reply(
        lines,
        forwarded=_is_forward(mail.subject, text),
        introduction=introduction(mail.html),
        answering=bool(mail.in_reply_to or mail.references or ANSWER.match(mail.subject)),
        recipients=_recipients(mail),
    )
    return reply if reply.text else Reply(text, "")


def _recipients(mail: Mail) -> set[str]:
    """Their addresses, and domains that are not the sender's own, which may be a provider's."""
    addresses = {box.address.lower() for box in (*mail.to, *mail.cc)[:MAX_RECIPIENTS]}
    home = mail.sender.address.rpartition("@")[2].lower()
    return addresses | {address.rpartition("@")[2] for address in addresses} - {home, ""}


def _is_forward(subject: str, text: str) -> bool:
    """ "VS:" forwards in Danish and Norwegian and answers in Finnish."""
    prefix = FORWARD.match(subject)
    return prefix is not None and not (prefix[1].lower() == "vs" and FINNISH.search(text))
