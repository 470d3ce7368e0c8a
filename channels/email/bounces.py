"""Reads what came back: delivery status notifications (RFC 3464), the free-form ones, and complaints (RFC 5965)."""

import re
from dataclasses import dataclass

from .addresses import mailboxes, message_ids
from .mail import Mail, read_headers
from .mime import FIELD, UNFOLD, Part, content
from .words import header_text, one_line

MAX_RECIPIENTS = 1_000
MAX_PROSE = 20_000
RETURNED = {
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
}
STATUS_REPORT = {"message/delivery-status", "message/global-delivery-status"}
FEEDBACK = "message/feedback-report"
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list"}
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
SMTP_CODE = re.compile(r"(?<![\d.])([45])\d\d[ -](?!\d\d[:.])")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
DEAD_STATUS = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1|4\.4)\Z")
VAGUE_STATUS = {"", "5.0.0", "5.1.0", "5.4.1"}
ABOUT_US = re.compile(  # our sender, our server or a policy: the address may well exist
    r"(?<!to )(?<!to the )\bsender\b|absender|mail from|return.path|reverse|"
    r"\b(?:spf|dkim|dmarc|ptr|rdns|helo|ehlo|client)\b|"
    r"your (?:\S+ )?(?:ip|host|hostname|server|domain|dns)\b|polic(?:y|ies)|\bspam|virus|malware|reputation|"
    r"black.?list|block|greylist|relay(?:ing)? (?:access )?(?:denied|not)|unable to relay|not permitted|rate limit|"
    r"too (?:many|quickly)|authenticat|\b5\.7\.\d|\b5\.1\.[78]\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}|\w{1,10}://\S{1,1000}")
DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address)|(?:does not|doesn't|not) exist|"
    r"unknown recipient|invalid recipient|"
    r"(?:user|recipient|mailbox|address) (?:\S+ )?(?:not found|unknown|unavailable|inactive|disabled)|"
    r"address (?:rejected(?!: access denied)|couldn't be found)|unrouteable address|"
    r"5\.4\.1 recipient address rejected|account (?:is )?(?:disabled|inactive)|"
    r"no mailbox|host (?:or domain name )?(?:unknown|not found)|domain (?:not found|does not exist)|unbekannt",
    re.IGNORECASE,
)
SOFT_WORDS = re.compile(
    r"quota|mailbox (?:is )?full|over ?quota|temporar|delayed|will (?:be )?retr|try again|deferred|"
    r"not yet been delivered|"
    r"could not be delivered yet|postfach (?:ist )?voll|vorübergehend|verzögert|timed? ?out|greylist",
    re.IGNORECASE,
)
DAEMON = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|postmaster|mail-?delivery|bounces?|mdaemon|emailadmin|postoffice)(?:[-+._].*)?@",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|problem|report|notification|error)|"
    r"mail delivery (?:failed|system|error)|"
    r"returned mail|failure notice|non.?delivery|delivery.{0,20}(?:failed|delayed)|could ?n[o']t be delivered|"
    r"undelivered|warning: (?:message|could not)|message not delivered|nachricht nicht zugestellt|unzustellbar|"
    r"nicht zustellbar|zustellung fehlgeschlagen|mail konnte nicht|échec de|non remis|no se puede entregar|"
    r"mancato recapito|недоставлен|niedostarczon|zwrot",
    re.IGNORECASE,
)
PROSE = re.compile(
    r"qmail-send program|created automatically by mail delivery software|could not be delivered|couldn't be delivered|"
    r"did not reach|delivery (?:to the following|failed)|following address|"
    r"permanent(?:ly)? (?:fatal )?(?:error|failed|failure)|"
    r"wasn't delivered|was not delivered|undeliverable|unable to deliver|nicht zugestellt|konnte nicht|n'a pas pu|"
    r"returned to sender|no such user|user unknown",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient's fate. status is x.y.z; hard: trying again cannot help; dead: the address itself is the reason."""

    recipient: str
    action: str
    status: str
    diagnostic: str

    @property
    def hard(self) -> bool:
        return self.action != "delayed" and not self.status.startswith("4")

    @property
    def dead(self) -> bool:
        """Only where somebody says so of the recipient: an address wrongly taken for dead is never written to again."""
        if not self.hard or self.status.startswith("5.7.") or ABOUT_US.search(NAMES.sub("", self.diagnostic)):
            return False
        vague = self.status in VAGUE_STATUS
        return bool(DEAD_STATUS.match(self.status) or (vague and DEAD_WORDS.search(self.diagnostic)))


@dataclass(frozen=True, slots=True)
class Complaint:
    feedback_type: str
    recipient: str


def parts_of(mail: Mail) -> list[Part]:
    """Every part, outermost first, with the children of multiparts."""
    found, todo = [], [mail.root]
    while todo:
        part = todo.pop(0)
        found.append(part)
        todo[:0] = part.children
    return found


def delivery_reports(mail: Mail, parts: list[Part]) -> list[Bounce]:
    """What a delivery status notification says of each recipient, good news too."""
    found: list[Bounce] = []
    for part in parts:
        if part.content_type in STATUS_REPORT:
            data = content(mail.raw, part, mail.problems)[:1_000_000].replace(b"\r\n", b"\n")
            blocks = [_fields(block) for block in re.split(rb"\n[ \t]*\n", data)]
            found += [_report(block) for block in blocks if "final-recipient" in block or "action" in block]
    return found[:MAX_RECIPIENTS]


def _fields(block: bytes) -> dict[str, str]:
    return {
        match[1].decode("ascii").lower(): " ".join(header_text(UNFOLD.sub(b"", match[2])[:4_000]).split())
        for match in FIELD.finditer(block.strip() + b"\n")
    }


def _report(block: dict[str, str]) -> Bounce:
    recipient = _typed(block.get("original-recipient", "")) or _typed(block.get("final-recipient", ""))
    diagnostic = _typed(block.get("diagnostic-code", ""))
    status = STATUS.search(block.get("status", "")) or STATUS.search(diagnostic)
    action = block.get("action", "").split(" ")[0].lower() or "failed"
    if status:
        return Bounce(recipient, action, status[1], diagnostic)
    code = SMTP_CODE.search(f"{diagnostic} ")
    return Bounce(recipient, action, _default_status(action == "delayed" or bool(code and code[1] == "4")), diagnostic)


def _typed(value: str) -> str:
    """ "rfc822; <ada@example.com>" -> "ada@example.com"."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and len(kind) < 20 else value).strip().strip("<>")


def _default_status(soft: bool) -> str:
    return "4.0.0" if soft else "5.0.0"


def free_form_bounces(mail: Mail, text: str) -> list[Bounce]:
    """Bounces of systems that write prose only; nothing unless several signs agree."""
    daemon = bool(DAEMON.match(mail.sender.address)) or mail.header("return-path").strip() == "<>"
    listed = mail.addresses("x-failed-recipients")
    prose = text[:MAX_PROSE]
    if not listed and not (daemon and (SUBJECT.search(mail.subject) or PROSE.search(prose))):
        return []
    told = _before_copy(prose)
    status = STATUS.search(told)
    code = SMTP_CODE.search(told)
    soft = not status and bool(code[1] == "4" if code else SOFT_WORDS.search(f"{mail.subject} {told}"))
    number = status[1] if status else _default_status(soft)
    diagnostic = _reason(told)
    recipients = [box.address for box in listed if box.address] or _addressees(mail, told)
    action = "delayed" if number.startswith("4") else "failed"
    return [Bounce(recipient, action, number, diagnostic) for recipient in recipients[:MAX_RECIPIENTS] or [""]]


def _before_copy(prose: str) -> str:
    """Without the copy of our mail that follows below."""
    cut = re.search(
        r"below this line|copy of (?:the|your) (?:message|mail)|original message|^Received:", prose, re.I | re.M
    )
    return prose[: cut.start()] if cut and cut.start() > 40 else prose


def _reason(told: str) -> str:
    lines = [line for line in told.splitlines() if STATUS.search(line) or SMTP_CODE.search(line)]
    lines = lines or [line for line in told.splitlines() if DEAD_WORDS.search(line) or SOFT_WORDS.search(line)]
    return one_line(" ".join(lines[:3]))[:500]


def _addressees(mail: Mail, told: str) -> list[str]:
    ours = {box.address.lower() for box in (mail.sender, *mail.to, *mail.cc)}
    return list(dict.fromkeys(found for found in ADDRESS.findall(told) if found.lower() not in ours))[:1]


def original_message_id(mail: Mail, parts: list[Part], text: str) -> str:
    """The Message-ID of the mail that came back: from its headers, else from what the reporter repeats."""
    for part in parts:
        if part.content_type in RETURNED:
            returned = read_headers(content(mail.raw, part, mail.problems)[:200_000])
            if returned.message_id:
                return returned.message_id
    repeated = re.search(r"^[>\s]*Message-I[Dd]:\s*<([^<>\s]{1,900})>", text, re.MULTILINE)
    ids = [mail.in_reply_to, *([repeated[1]] if repeated else []), *reversed(mail.references)]
    return next(filter(None, ids), "")


def read_complaint(mail: Mail, parts: list[Part]) -> Complaint | None:
    """Only what a person complains of: feedback is also given about authentication, viruses and what is no spam."""
    for part in parts:
        if part.content_type == FEEDBACK:
            fields = _fields(content(mail.raw, part, mail.problems)[:100_000].replace(b"\r\n", b"\n"))
            kind = fields.get("feedback-type", "abuse").lower()
            listed = mailboxes(fields.get("original-rcpt-to", ""))
            recipient = listed[0].address if listed else _returned_to(mail, parts)
            return Complaint(kind, recipient) if kind in COMPLAINTS else None
    return None


def is_feedback(parts: list[Part]) -> bool:
    return any(part.content_type == FEEDBACK for part in parts)


def _returned_to(mail: Mail, parts: list[Part]) -> str:
    for part in parts:
        if part.content_type in RETURNED:
            boxes = read_headers(content(mail.raw, part, mail.problems)[:200_000]).to
            return boxes[0].address if boxes else ""
    return ""


def read_disposition(mail: Mail, parts: list[Part]) -> tuple[str, str] | None:
    """A read receipt (RFC 8098): (disposition, Message-ID of ours)."""
    for part in parts:
        if part.content_type == "message/disposition-notification":
            fields = _fields(content(mail.raw, part, mail.problems)[:100_000].replace(b"\r\n", b"\n"))
            ids = message_ids(fields.get("original-message-id", ""))
            return fields.get("disposition", "").rpartition(";")[2].strip().lower(), ids[0] if ids else ""
    return None
