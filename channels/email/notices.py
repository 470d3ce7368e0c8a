"""Reads the bounces of systems that write prose only: nothing unless several signs agree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .bounces import MAX_RECIPIENTS, SMTP_CODE, STATUS, Bounce, default_status, status_in
from .daemons import is_certain, is_daemon, is_from_nobody
from .mail import Mail
from .mime import Part
from .reports import returned_mail
from .words import one_line

MAX_PROSE = 20_000
SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|problem|report|notification|error|warning)|"
    r"mail delivery (?:failed|system|error)|mail (?:system error|failed)|failed mail|"
    r"return(?:ed|ing) (?:mail|to sender)|failure (?:notice|delivery)|non.?delivery|delivery.{0,20}(?:failed|delayed)|"
    r"could ?n[o']t be delivered|undelivered|warning: (?:message|could not)|(?:message|mail) not delivered|"
    r"automatically rejected mail|message you sent (?:was )?blocked|"
    r"delayed mail|nachricht nicht zugestellt|unzustellbar|nicht zustellbar|"
    r"zustellung fehlgeschlagen|mail konnte nicht|échec de|non[- ]remis|no se puede entregar|no se pudo entregar|"
    r"devolvid|mancat[oa] (?:recapito|consegna)|недоставлен|не доставлен|не может быть доставлен|niedostarczon|"
    r"zwrot|onbestelbaar|kan inte levereras|kunne ikke leveres|toimittamatta|nedoručiteln|"
    r"nedoručen|nepodařilo doručit|kézbesíthetetlen|sikertelen kézbesítés|nu a putut fi livrat|ανεπίδοτ|"
    r"teslim edilemedi|iletilemedi|fördröj|forsinket|entrega retrasada|retard de (?:distribution|livraison|"
    r"remise)|verzögerte zustellung|opóźnion|配信不能|送信できません|届けられません|"
    r"退信|发送失败|投递失败|无法送达|無法傳遞|無法遞送|"
    r"발송 ?실패|전송 ?실패|반송",
    re.IGNORECASE,
)
PROSE = re.compile(
    r"qmail-send program|created automatically by mail delivery software|could(?: ?no|n'?)t be delivered|"
    r"could not deliver|did not reach|did not receive (?:your message|a copy)|delivery (?:to the following|failed)|"
    r"following address|failed (?:recipient|address)|"
    r"permanent(?:ly)? (?:fatal )?(?:delivery )?(?:error|failed|failure)|"
    r"(?:wasn't|was not|not been|not be) delivered|undeliverable|unable to deliver|error delivering|"
    r"(?:mail|message) (?:has been|was) (?:returned|rejected|automatically rejected)|delivery status notification|"
    r"returned to sender|no such user|user unknown|nicht zugestellt|konnte nicht (?:zugestellt|ausgeliefert)|"
    r"n'a pas (?:encore )?(?:pu [êe]tre|été) (?:d[ée]livr|distribu|remis)|não (?:foi|pôde ser) entregue|"
    r"no (?:se )?pudo (?:ser )?entrega|"
    r"impossibile (?:recapitare|consegnare)|не может быть доставлен|не удалось доставить|nie można dostarczyć|"
    r"发送失败|被退回|无法送达|無法(?:傳遞|遞送)|配信できません|届けられません|발송되지|전송되지|존재하지 않는",
    re.IGNORECASE,
)
WAITING = re.compile(  # somebody will go on trying: nothing is decided; that the reader may try again says nothing
    r"(?:will|'ll|is going to) (?:(?:be|still|also|then|automatically) )?(?:retr|keep |"
    r"(?:continue|try|attempt) (?:to (?:be )?(?:re-?)?(?:try|tried|send|deliver|attempt)|again|(?:re)?trying|"
    r"(?:re)?delivery))|attempts? will (?:be repeated|be made again|continue)|"
    r"still (?:being )?(?:trying|retried|undelivered|in the queue)|"
    r"yet to be delivered|has been frozen|"
    r"not yet (?:been )?delivered|delivered yet|warning message only|only a warning|advisory-only|been postponed|"
    r"need(?:s)? not (?:to )?re-?send|not (?:need to )?re-?send|no action is required|temporary problem delivering|"
    r"wird (?:weiter|erneut)|weitere (?:zustell)?versuche|noch nicht zugestellt|réessa(?:ie|yer)(?:a|ons)|"
    r"pas encore (?:été|pu)|nouvelles tentatives|"
    r"seguirá intentando|fortsätter att försöka|fortsætter med at forsøge|nadal próbowa|"
    r"verrà (?:ritentat|riprovat)|попытки доставки будут",
    re.IGNORECASE,
)
DELAY = re.compile(
    r"delayed|verzögert|retard|ritardo|retras|fördröj|forsinket|opóźnion|warning: (?:could not|message)", re.IGNORECASE
)
SOFT_WORDS = re.compile(
    r"quota|(?:mailbox|folder|inbox) (?:\S+ ){0,4}full|temporar|deferred|postfach (?:ist )?voll|vorübergehend|"
    r"timed? ?out|greylist",
    re.IGNORECASE,
)
FINAL = re.compile(
    r"permanent|giv(?:en|ing) up|gave up|not going to try|no (?:further|more) (?:\S+ )?attempts|"
    r"(?:not|never) be (?:retried|tried again|delivered)|too long|retry time(?:out)? exceeded|expired|aborted|"
    r"removed from the|undeliver|return(?:ed|ing) (?:mail|to)|unable to|"
    r"(?:been|was) (?:automatically )?(?:returned|rejected)|fail(?:ed|ure)|could(?: ?no|n'?)t (?:be )?deliver|"
    r"did not re(?:ach|ceive)|not (?:be )?delivered|"
    r"unzustellbar|nicht zugestellt|fehlgeschlagen|endgültig|aufgegeben|n'a pas pu|échec|не может быть",
    re.IGNORECASE,
)
DEAD_LINE = re.compile(
    r"unknown|no such|not (?:exist|found)|invalid|disabled|inactive|no mailbox|rejected|refused|unbekannt",
    re.IGNORECASE,
)
_RULE = r"[ \t>|*=_#-]*"
_MAIL = r"(?:e-?mail|mail|message)"
_THEIRS = r"(?:original|returned|unsent|undelivered|bounced|old|rejected|failed)"
COPY = re.compile(  # the line above the copy of our mail
    rf"^.*(?:below (?:this|the next) line).*$|"
    rf"^{_RULE}(?:(?:this|here|below|following|attached) )?(?:(?:is|are) )?(?:a )?copy of (?:the|your) "
    rf"(?:original )?{_MAIL}(?:[,:. -]*$|[,:.] .*$| (?:follow|including|with|below|as |header|"
    r"is (?:attached|below|enclosed)).*$)|"
    rf"^{_RULE}(?:the |your )?{_THEIRS} {_MAIL}(?: (?:text|body|headers?|content))*(?: as received)?"
    rf"(?: is| are)?(?: as)?(?: attached| follow(?:s|ing)?| below)?{_RULE}(?:\(.*\))?[.:]?{_RULE}$|"
    rf"^{_RULE}(?:the )?{_MAIL} (?:headers?|text|body) .{{0,40}}(?:follow|below).*$|"
    rf"^.*\b(?:first|top) \d{{1,4}} lines of (?:the|your) .*$",
    re.IGNORECASE | re.MULTILINE,
)
TRANSPORT = re.compile(r"^[>|\t ]*(?:received|return-path|message-id|mime-version|dkim-signature)[ \t]*:", re.I | re.M)
HEADER_LINE = re.compile(r"[>|\t ]*[A-Za-z][A-Za-z0-9-]{1,60}:")
COPIED_FROM = re.compile(r"^[>|\t ]*from[ \t]*:[ \t]*([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)
COPIED_TO = re.compile(r"^[>|\t ]*to[ \t]*:[ \t]*([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)
REPEATED_ID = re.compile(r"^[>|\s]*Message-ID:\s*<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
LEADING = re.compile(  # the words before an address that a line is about
    r"(?:(?:the |an? )?(?:final |original |failed |intended |undeliverable |unknown |e |mail |email )*"
    r"(?:recipients?|address(?:es)?|user|mailbox|empfänger|destinataires?|destinatari[oae]s?)(?: was| is)? ?)?"
    r"(?:rfc822 ?)?(?:smtp)?\Z"
)
WORD = re.compile(r"[^\W_]+")
FROM_HIM = re.compile(
    r"(?:(?<!generated )(?<!expanded )from|by|sender|return-path)[\s:]{0,9}[<\"']{0,9}\Z", re.IGNORECASE
)
CONTACT = re.compile(
    r"contact|assistance|question|support|\bhelp\b|\breport (?:this|it)|further|(?<!in )repl(?:y|ied) to|\bwrite to\b|"
    r"wenden sie sich|kontakt|hilfe|rückfragen|contacter|contacte|contattare",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Notice:
    """told: what the machine says itself; copy: our mail as it repeats it; to: whom that was sent to."""

    told: str
    copy: str
    to: tuple[str, ...]


def told_bounces(mail: Mail, parts: list[Part], text: str) -> list[Bounce]:
    """Of a mail that holds no delivery report."""
    listed = [box.address for box in mail.addresses("x-failed-recipients") if box.address]
    if not (listed or _may_be_notice(mail)):
        return []
    notice = _take_apart(mail, parts, text[:MAX_PROSE])
    if not (listed or _is_notice(mail, parts, notice)):
        return []
    places = [] if listed else _places(mail, notice)
    if not places:
        whole = [(address, notice.told) for address in listed or _mentioned(mail, notice) or [""]]
    else:
        ends = [at for _, at in places[1:]] + [len(notice.told)]
        whole = [(address, notice.told[at:end]) for (address, at), end in zip(places, ends, strict=True)]
    return [_bounce(mail, notice.told, address, section) for address, section in whole[:MAX_RECIPIENTS]]


def _may_be_notice(mail: Mail) -> bool:
    """What headers alone tell; nearly every mail goes no further than this."""
    said = mail.root.parameters.get("report-type", "").lower() == "delivery-status"
    return said or is_daemon(mail) or is_from_nobody(mail) or bool(SUBJECT.search(mail.subject))


def _is_notice(mail: Mail, parts: list[Part], notice: _Notice) -> bool:
    announced = SUBJECT.search(mail.subject)
    copied = bool(notice.copy or notice.to)
    proven = bool(STATUS.search(notice.told) or SMTP_CODE.search(notice.told))
    if is_daemon(mail) and (announced or copied or PROSE.search(notice.told) or (proven and is_from_nobody(mail))):
        if is_certain(mail) or copied or is_from_nobody(mail):
            return True
        status, prose = STATUS.search(notice.told), PROSE.search(notice.told)
        if announced:
            return bool(status or (prose and _mentioned(mail, notice)))
        return bool(status and prose and _places(mail, notice))
    if not (announced or PROSE.search(notice.told)):
        return False
    if mail.root.parameters.get("report-type", "").lower() == "delivery-status":
        return True
    if is_from_nobody(mail):
        return proven or bool(announced and copied)
    returned = returned_mail(mail, parts)
    back = returned.sender.address if returned else " ".join(COPIED_FROM.findall(notice.copy)[:1])
    return bool(announced and proven and any(box.address and box.address.lower() in back.lower() for box in mail.to))


def _take_apart(mail: Mail, parts: list[Part], prose: str) -> _Notice:
    """Without the copy of our mail that follows below."""
    told, copy = prose, ""
    heading = next((found for found in COPY.finditer(prose) if found.start() > 40), None)
    transport = next((found for found in TRANSPORT.finditer(prose) if found.start() > 40), None)
    if heading and not (transport and transport.start() < heading.start()):
        told, copy = prose[: heading.start()], prose[heading.end() :].lstrip()
    elif transport:
        start = _first_header(prose, transport.start())
        told, copy = prose[:start], prose[start:].lstrip()
    returned = returned_mail(mail, parts)
    to = [box.address for box in returned.to] if returned else ADDRESS.findall(" ".join(COPIED_TO.findall(copy)[:3]))
    if not (ADDRESS.search(told) or SMTP_CODE.search(told)) and not to:
        told = prose
    return _Notice(told, copy, tuple(address for address in to if address)[:MAX_RECIPIENTS])


def _first_header(prose: str, at: int) -> int:
    """Headers of the copy may stand above the one that shows where it is."""
    while at > 0:
        line = prose.rfind("\n", 0, at - 1) + 1
        if not HEADER_LINE.match(prose, line, at):
            break
        at = line
    return at


def _places(mail: Mail, notice: _Notice) -> list[tuple[str, int]]:
    """The addresses that lines are about, each with the offset of its line."""
    found: dict[str, int] = {}
    for start, line in _lines(notice.told):
        match = ADDRESS.search(line)
        words = " ".join(WORD.findall(line[: match.start()].lower())) if match and match.start() < 200 else "no"
        if match and LEADING.match(words) and _may_be_meant(mail, notice, line, match):
            found.setdefault(_clean(match[0]), start)
    return list(found.items())


def _mentioned(mail: Mail, notice: _Notice) -> list[str]:
    """The first address in the prose, best one that our mail was sent to; else whom that was sent to."""
    found = [
        _clean(match[0])
        for _, line in _lines(notice.told)
        for match in ADDRESS.finditer(line)
        if _may_be_meant(mail, notice, line, match)
    ]
    written_to = {address.lower() for address in notice.to}
    known = [address for address in found if address.lower() in written_to]
    return (known or found)[:1] or list(notice.to)


def _may_be_meant(mail: Mail, notice: _Notice, line: str, match: re.Match[str]) -> bool:
    address = _clean(match[0]).lower()
    ours = {box.address.lower() for box in (mail.sender, *mail.to, *mail.cc)}
    if address in ours or FROM_HIM.search(line[max(0, match.start() - 30) : match.start()]):
        return False
    begins = not line[: match.start()].strip(" \t<") and line[match.end() :].lstrip("> ").startswith(":")
    return begins or address in {one.lower() for one in notice.to} or not CONTACT.search(line.replace(match[0], ""))


def _clean(address: str) -> str:
    return address.lstrip("'=`{|").removeprefix("SMTP=").removeprefix("smtp=")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, line
        at += len(line)


def _bounce(mail: Mail, told: str, recipient: str, section: str) -> Bounce:
    """section: what is said of this recipient; where that decides nothing, all that is told counts."""
    number = status_in(section) or status_in(told)
    code = SMTP_CODE.search(section) or SMTP_CODE.search(told)
    level = number[:1] or (code[1] if code else "")
    action = _action(mail.subject, told, level)
    words = f"{mail.subject} {told}"
    soft = action == "delayed" or (bool(SOFT_WORDS.search(words)) and "permanent" not in words.lower())
    return Bounce(
        recipient,
        action,
        number or default_status(soft=level == "4" if level else soft),
        _reason(section) or _reason(told),
    )


def _action(subject: str, told: str, level: str) -> str:
    """delayed only where somebody goes on trying, or nothing says that they stopped."""
    if level != "5" and WAITING.search(f"{subject}\n{told}"):
        return "delayed"
    if level == "5" or FINAL.search(f"{subject}\n{told}"):
        return "delayed" if DELAY.search(subject) and level != "5" else "failed"
    return "delayed" if level == "4" or SOFT_WORDS.search(told) or DELAY.search(f"{subject}\n{told}") else "failed"


def _reason(told: str) -> str:
    lines = [line for line in told.splitlines() if STATUS.search(line) or SMTP_CODE.search(line)]
    lines = lines or [line for line in told.splitlines() if DEAD_LINE.search(line) or SOFT_WORDS.search(line)]
    return one_line(" ".join(lines[:3]))[:500]


def repeated_id(text: str) -> str:
    """The Message-ID that a reporter repeats in its prose."""
    found = REPEATED_ID.search(text)
    return found[1] if found else ""
