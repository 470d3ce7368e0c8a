"""Reads delivery status notifications (RFC 3464): what became of a mail, recipient by recipient."""

import re
from dataclasses import dataclass, replace

from .addresses import mailboxes
from .daemons import is_daemon
from .mail import Mail
from .mime import Part
from .reports import content_blocks, returned_mail

MAX_RECIPIENTS = 1_000
STATUS_REPORT = {"message/delivery-status", "message/global-delivery-status"}
GOOD_NEWS = {"delivered", "relayed", "expanded"}
DELAYED = {"delayed", "deferred", "retry", "retrying", "warning"}
RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")
FATE_FIELDS = ("action", "status", "diagnostic-code")
STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
ANSWERED = re.compile(r"(?<![\d.])[45]\d\d[ -]{1,3}#?([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")  # an SMTP reply (RFC 2034)
SUCCESS = re.compile(r"\s*(2\.\d{1,3}\.\d{1,3})(?!\.?\d)")
SMTP_CODE = re.compile(r"(?<![\d.])([45])\d\d[ -](?!\d\d[:.])")
XTEXT = re.compile(r"\+([0-9A-F]{2})")  # of RFC 3461, which some pass on undone
UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533 section 3
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


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient's fate. Action and status are two things (RFC 3464 2.3.3): what was given up after a 4.x.x is a
    failure. status is x.y.z; hard: trying again cannot help; dead: the address itself is the reason."""

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


def delivery_reports(mail: Mail, parts: list[Part]) -> list[Bounce]:
    """What a delivery status notification says of each recipient, good news too. A person who passes one on with
    its parts attached is no reporter: the mail itself must say that it is a report, or a mail server send it."""
    said = any(part.content_type == "multipart/report" or "report-type" in part.parameters for part in parts)
    if not (said or is_daemon(mail)):
        return []
    found: list[Bounce] = []
    for part in parts:
        if part.content_type in STATUS_REPORT:
            blocks = _per_recipient(content_blocks(mail, part))
            found += [_report(block) for block in blocks]
    if any("@" not in report.recipient for report in found):
        returned = returned_mail(mail, parts)
        to = returned.to[0].address if returned and len(returned.to) == 1 else ""
        found = [
            replace(one, recipient=one.recipient if "@" in one.recipient else to or one.recipient) for one in found
        ]
    return found[:MAX_RECIPIENTS]


def _per_recipient(blocks: list[dict[str, str]]) -> list[dict[str, str]]:
    """One for each recipient. Some programs leave out Final-Recipient, some put a blank line between it and what
    happened, some write everything into the block about the message."""
    found: list[dict[str, str]] = []
    for block in blocks:
        named = any(field in block for field in RECIPIENT_FIELDS)
        told = any(field in block for field in FATE_FIELDS)
        if told and not named and found and not any(field in found[-1] for field in FATE_FIELDS):
            found[-1] |= block
        elif named or told:
            found.append(block)
    return found


def _report(block: dict[str, str]) -> Bounce:
    diagnostic = _untyped(block.get("diagnostic-code", ""))
    stated = block.get("status", "")
    action = re.split(r"[^a-z-]", block.get("action", "").strip().lower(), maxsplit=1)[0]
    if not action and SUCCESS.match(stated):
        action = "delivered"
    status = _status(stated, diagnostic, action)
    if action not in GOOD_NEWS:
        action = "delayed" if action in DELAYED or (not action and status.startswith("4")) else "failed"
    return Bounce(_recipient(block), action, status, diagnostic)


def _status(stated: str, diagnostic: str, action: str) -> str:
    """The Status field, unless it only says that nothing more is known and the diagnostic knows it (RFC 3463)."""
    given = SUCCESS.match(stated) if action in GOOD_NEWS else STATUS.search(stated)
    told = status_in(diagnostic)
    if not given:
        code = SMTP_CODE.search(f"{diagnostic} ")
        return told or default_status(soft=action in DELAYED or bool(code and code[1] == "4"))
    return told if told and _says_more(told, given[1]) else given[1]


def _says_more(told: str, given: str) -> bool:
    return not told.endswith(".0") and (given.endswith(".0.0") or (given.endswith(".0") and told[0] == given[0]))


def status_in(text: str) -> str:
    """The enhanced status (RFC 3463) in what a server said: first where it follows the reply code, for versions and
    rule numbers look the same. "" when there is none."""
    found = ANSWERED.search(text) or STATUS.search(text)
    return found[1] if found else ""


def default_status(*, soft: bool) -> str:
    return "4.0.0" if soft else "5.0.0"


def _recipient(block: dict[str, str]) -> str:
    """Whom we wrote to rather than where that led."""
    named = [_address(block[field]) for field in RECIPIENT_FIELDS if field in block]
    if len(named) > 1 and XTEXT.sub(lambda match: chr(int(match[1], 16)), named[0]) in named[1:]:
        return named[1]
    return next((address for address in named if "@" in address), "".join(named[:1]))


def _address(value: str) -> str:
    """ "rfc822; Ada <ada@example.com>" -> "ada@example.com"."""
    text = _untyped(value)
    if "\\x{" in text:
        text = UNITEXT.sub(lambda match: _character(int(match[1], 16)), text)
    boxes = mailboxes(text) if "@" in text else []
    found = boxes[0].address.strip("<>") if boxes else ""  # of a program that quotes the brackets, too
    return found if "@" in found else text.strip('<>"')


def _untyped(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon and len(kind) < 20 else value).strip()


def _character(number: int) -> str:
    return "\ufffd" if number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)
