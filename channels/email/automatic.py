"""Sorts a mail: a person wrote it, a machine answered in a person's stead, or it went to many at once.

What only asks not to be answered by machine (X-Auto-Response-Suppress, no-reply@) and what a relay adds on the way
(Feedback-ID, X-Loop) says nothing of who wrote.
"""

import re
from dataclasses import dataclass

from hub.model import Sort
from hub.reasons import Reason, Why, say

from .addresses import normalised
from .daemons import is_certain, is_daemon, is_from_nobody
from .mail import Mail

NAMES = (
    r"auto(?:matic|mated|matische|matisk)?[ -]?(?:reply|response|responder|antwort|svar)|"
    r"out of (?:the )?office(?: (?:auto)?reply| message| notification)?|vacation (?:reply|message)|"
    r"abwesenheits(?:notiz|nachricht|meldung|mitteilung|benachrichtigung|assistent|agent|hinweis|info)|"
    r"automatische (?:rückmeldung|rückantwort|eingangsbestätigung|empfangsbestätigung)|"
    r"automatische? (?:antwoord(?:bericht)?|reactie)|afwezigheids(?:bericht|assistent|melding)|"
    r"(?:message|réponse|notification)(?: automatique)? d['’]absence|"
    r"réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|risposta automatica|"
    r"fuori (?:sede|ufficio)|resposta automática|fora do escritório|odpowiedź automatyczna|autoodpowiedź|"
    r"automatyczna odpowiedź|poza biurem|автоматична відповідь|автовідповідь|автоматичен отговор|"
    r"аутоматски одговор|automatski odgovor|samodejni odgovor|"
    r"automatická odpoveď|otomatik yanıt|automatikus válasz|răspuns automat|αυτόματη απάντηση|automatinis atsakymas|"
    r"automātiskā atbilde|automaatvastus|resposta automàtica|(?:מענה|תשובה) אוטומטית?|(?:ال)?رد (?:ال)?تلقائي|"
    r"پاسخ خودکار|(?:การ)?ตอบกลับอัตโนมัติ|(?:thư )?trả lời tự động|balasan (?:otomatis|automatik)|sjálfvirkt svar|"
    r"स्वचालित (?:उत्तर|जवाब|प्रत्युत्तर)|erantzun automatikoa|автоматски одговор|përgjigje automatike|avtomatik cavab|"
    r"автоматический ответ|автоответ|вне офиса|automatiskt svar|automatisk svar|automatická odpověď|"
    r"automaattinen vastaus|自动回复|自動回复|自動回覆|自动答复|自動返信|自動応答|不在返信|不在通知|"
    r"자동 ?(?:회신|응답)|부재 ?중 자동 ?(?:회신|응답)"
)
WORDS = (
    r"auto:|ooo\b|i(?: a|['’])m out of (?:the )?office|absen(?:ce|t(?:\(e\)|e)?)\b|assente\b|nieobecność|poissa\b|"
    r"away from (?:my )?(?:office|mail|desk)|on (?:vacation|holiday|leave)\b|afwezig|abwesen(?:d|heit)?|außer haus|"
    r"ich bin (?:im urlaub|nicht im)|urlaub\b|absent du bureau|frånvaro|休暇|부재 ?중"
)
UNTIL = r"until|till|from|on|bis|vom|am|ab|jusqu|du|hasta|desde|fino|dal|tot|van"
SPAN = rf"until|till|bis|jusqu|hasta|fino|tot|(?:{UNTIL})(?=.{{0,15}}\d)"  # "Absence du technicien" tells no time
# such a name alone, or before the subject that is answered
NOTICE = re.compile(
    rf"\W*(?:(?:re|aw|antw|sv|odp|ta)\s*:\s*)*(?:{NAMES})"
    r"(?:\W*\Z|\s*[:：|(\[\])}】」』–—-]|\s+(?:re|aw)\s*:|\s+(?:from|von)\s+(?!y?our\b|you\b|ihr|eure)\S+(?:\s[^\s?]+){0,3}\s*(?:\Z|:)|"
    r"\s+(?:de|da|di|van|od|fra|från|av|от)\s[^:]{1,60}:)|"
    r"(?!.{1,300}\?\s*\Z).{1,200}\b(?:is out of (?:the )?office|ist außer haus|ist nicht im (?:büro|haus)|"
    r"est absent(?:e|\(e\))? du bureau|"
    r"está fuera de la oficina|è (?:assente|fuori (?:sede|ufficio))|is niet (?:op kantoor|aanwezig))"
    rf"(?:\.|\Z| (?:{UNTIL})\b| \()",
    re.IGNORECASE,
)
REPLY = re.compile(r"\W*(?:re|aw|antw|sv|odp|ta)\s*:", re.IGNORECASE)
PERHAPS = re.compile(rf"\W*(?:{NAMES}|{WORDS})", re.IGNORECASE)  # a question may begin like this, too
# and where the mail answers another, what is wanted may: "Urlaub an der Nordsee", "Auto: Ersatzteile"
ABSENT = re.compile(
    rf"\W*(?:auto:\s*(?:re|aw|antw|sv|odp|ta)\s*:|i(?: a|['’])m |ich bin |(?:{NAMES})(?=\s+(?:{SPAN})\b)|"
    rf"(?!auto:)(?:{WORDS})"
    rf"(?:\W*\Z|(?:\s\S{{1,20}}){{0,2}}\s*[:：]|\s*[|(\[–—-]|\s+(?:{SPAN})\b))",
    re.IGNORECASE,
)
_CALLED = r"auto-?(?:repl(?:y|ied)|respon(?:se|d|ded|der))|vacation|out-?of-?office|oof|away-?message"
CALLED = re.compile(rf"x-(?:\w+-)*(?:{_CALLED})(?:-(?:id|version|sent|from|message|type|by))?")
TYPED = re.compile(r"x-(?:\w+-)*(?:type|class|kind|submitted)")
TYPE = re.compile(r"auto[-_. ]?(?:repl(?:y|ied)|respon(?:se|d|der))")
PROGRAM = re.compile(r"vacation(?: [\d.v/-]|\Z)|auto-?(?:responder|reply)\b")  # as X-Mailer
NO_REPLY = re.compile(r"(?:no|do-?not)[-_.]?reply", re.IGNORECASE)
VACATION = re.compile(rb"via the vacation program", re.IGNORECASE)
URL_GROUP = re.compile(r"groups\.google\.com/a/([\w.-]{3,200})/g(?:roup)?/([\w.+-]{1,64})", re.IGNORECASE)
LIST_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
LIST_ID = re.compile(r"<?([\w+-]{1,63}(?:\.[\w+-]{1,63})+)>?\s*\Z")
DOMAIN_REPORT = re.compile(r"report domain:\s*\S+\s+submitter:", re.IGNORECASE)  # RFC 7489 section 7.2.1.1
MAX_LOOKED_AT = 200  # headers
PASSED_ON = "auto-forwarded"  # a person's mail that a rule passed on (RFC 2156)


@dataclass(frozen=True, slots=True)
class Sorting:
    """because: the header that decided, as it stands in the mail; sign: what else did (hub.reasons)."""

    sort: Sort
    because: str = ""
    sign: str = ""

    @property
    def said(self) -> str:
        return say(Reason(self.sign, self.because))


def _yes(value: str) -> bool:
    return value not in ("", "no", "false", "off", "0", "none")


@dataclass(frozen=True, slots=True)
class Sign:
    """A header of an automatic reply. words: one of these, or ("*",) anything but a no; source: who writes it so."""

    words: tuple[str, ...]
    source: str

    def shows(self, value: str) -> bool:
        """value: in lower case, without parameters and comments."""
        return _yes(value) if self.words == ("*",) else value in self.words


_REPLY = ("auto_reply", "auto-reply", "autoreply")
_ANY = ("*",)
ANSWERING: dict[str, Sign] = {
    "auto-submitted": Sign(("auto-replied", "auto-notified"), "RFC 3834, RFC 5436"),
    "precedence": Sign(_REPLY, "cPanel and old vacation programs"),
    "x-precedence": Sign(_REPLY, "cPanel, BoxTrapper"),
    "preference": Sign(_REPLY, "cPanel, BoxTrapper"),
    "x-autoreply": Sign(_ANY, "Gmail and many others"),
    "x-auto-reply": Sign(_ANY, "web mailers"),
    "x-autorespond": Sign(_ANY, "cPanel, BoxTrapper"),
    "x-autoresponder": Sign(_ANY, "OpenSRS"),
    "x-autoresponse": Sign(_ANY, "help desks"),
    "x-auto-response": Sign(_ANY, "help desks"),
    "x-autoreply-from": Sign(_ANY, "Domain Technologie Control"),
    "x-mail-autoreply": Sign(_ANY, "Domain Technologie Control"),
    "x-autogenerated": Sign(("reply",), "CommuniGate Pro; with its Forward, Group, Mirror or Redirect a person wrote"),
    "x-fc-machinegenerated": Sign(("true", "yes"), "FirstClass"),
    "x-post-messageclass": Sign(("9",), "Mailtraq: `9; Autoresponder`"),
    "delivered-to": Sign(("autoresponder",), "qmail"),
    "x-hub-loop": Sign(_ANY, "automatic replies of a hub"),
    "x-amazon-mail-relay-type": Sign(("notification",), "Amazon's relay between buyers and sellers"),
}
LISTS: dict[str, str] = {
    "list-id": "RFC 2919",
    "list-post": "RFC 2369",
    "mailing-list": "ezmlm, Yahoo and Google Groups",
    "x-mailinglist": "Majordomo and others",
    "x-beenthere": "Mailman",
    "x-mailman-version": "Mailman",
    "x-google-group-id": "Google Groups",
    "list-archive": "RFC 2369",
    "list-owner": "RFC 2369",
    "list-subscribe": "RFC 2369",
    "x-mailing-list": "vger, Debian",
    "x-ml-name": "fml",
    "x-sympa-to": "Sympa",
}
NAMING = ("list-post", "x-beenthere", "mailing-list", "x-mailinglist", "x-mailing-list", "x-sympa-to", "list-owner")
BULK: dict[str, str] = {
    "list-unsubscribe-post": "RFC 8058",
    "list-unsubscribe": "RFC 2369",
    "x-campaign": "newsletter programs",
    "x-campaign-id": "newsletter programs",
    "x-campaignid": "newsletter programs",
    "x-mailing-id": "newsletter programs",
    "x-newsletter": "newsletter programs",
    "x-cron-env": "cron",
    "x-jira-fingerprint": "Jira",
    "x-servicenow-generated": "ServiceNow",
    "x-github-reason": "GitHub",
    "x-gitlab-project": "GitLab",
    "x-redmine-host": "Redmine",
    "x-bugzilla-type": "Bugzilla",
    "x-trac-project": "Trac",
    "x-launchpad-notification-type": "Launchpad",
    "x-phabricator-sent-this-message": "Phabricator",
    "x-gerrit-messagetype": "Gerrit",
    "x-jenkins-job": "Jenkins",
    "rt-ticket": "Request Tracker",
    "tls-report-domain": "RFC 8460",
}
MANY = {*LISTS, *BULK, "precedence", "x-precedence"}


def sort_mail(mail: Mail) -> Sorting:
    """Of a mail that reports nothing. A list may still be a group in front of our own mailbox: list_names tells."""
    many = _to_many(mail) or _domain_report(mail)
    return (
        _answering(mail)
        or _generated(mail, many)
        or _titled(mail, many)
        or many
        or _from_a_server(mail)
        or Sorting(Sort.PERSON, sign=Why.NOTHING_ELSE)
    )


def _answering(mail: Mail) -> Sorting | None:
    for name, sign in ANSWERING.items():
        for value in mail.root.all(name)[:20] if mail.root.first(name) else ():
            text = value.decode("ascii", "replace")
            if sign.shows(text.partition(";")[0].partition("(")[0].strip().lower()):
                return Sorting(Sort.AUTO_REPLY, _told(name, text))
    for name, value in mail.root.headers[:MAX_LOOKED_AT]:
        if name.startswith("x-") and _is_called_so(name, value[:200].decode("ascii", "replace").strip().lower()):
            return Sorting(Sort.AUTO_REPLY, _told(name, value.decode("ascii", "replace")))
    if VACATION.search(mail.root.first("from")):
        return Sorting(Sort.AUTO_REPLY, "From: (via the vacation program)")
    return None


def _is_called_so(name: str, value: str) -> bool:
    """Help desks and vacation programs have headers of their own; value: in lower case."""
    if CALLED.fullmatch(name):
        return _yes(value)
    return bool((TYPED.fullmatch(name) and TYPE.fullmatch(value)) or (name == "x-mailer" and PROGRAM.search(value)))


def _generated(mail: Mail, many: Sorting | None) -> Sorting | None:
    """auto-generated or a word not known yet: a machine's own doing (RFC 3834), but a form brings somebody's words."""
    value = mail.header("auto-submitted")
    word = value.partition(";")[0].partition("(")[0].strip().lower()
    passed_on = word == PASSED_ON or mail.root.first("resent-from")  # by a rule of a mailbox (RFC 5322 section 3.6.6)
    if not _yes(word) or passed_on or many or asks_for_another(mail):
        return None
    return Sorting(Sort.AUTO_REPLY, _told("auto-submitted", value))


def _titled(mail: Mail, many: Sorting | None) -> Sorting | None:
    """By its subject; one that might also be a question needs another sign."""
    answering = bool(mail.in_reply_to or mail.references)
    precedence = mail.header("precedence").strip().lower()
    listed = many is not None and not many.because.lower().startswith("precedence")
    answer_to_one = answering and REPLY.match(mail.subject)  # whom a machine answered may answer the machine
    if NOTICE.match(mail.subject) and (not answer_to_one or _wants_no_machine(mail)):
        return Sorting(Sort.AUTO_REPLY, _told("subject", mail.subject))
    unread = NO_REPLY.match(mail.sender.address) and not listed
    perhaps = PERHAPS.match(mail.subject) and not answer_to_one
    if perhaps and ((ABSENT.match(mail.subject) and (answering or unread)) or (not listed and _wants_no_machine(mail))):
        return Sorting(Sort.AUTO_REPLY, _told("subject", mail.subject))
    if answering and not listed and precedence in ("bulk", "junk"):
        return Sorting(Sort.AUTO_REPLY, _told("precedence", precedence))
    return None


def _domain_report(mail: Mail) -> Sorting | None:
    return Sorting(Sort.BULK, _told("subject", mail.subject)) if DOMAIN_REPORT.match(mail.subject) else None


def _from_a_server(mail: Mail) -> Sorting | None:
    """Whatever it says: of a mail it has frozen, say."""
    if asks_for_another(mail):
        return None
    if is_from_nobody(mail):
        return Sorting(Sort.AUTO_REPLY, "Return-Path: <>")
    named = mail.sender.address and is_daemon(mail) and is_certain(mail)
    return Sorting(Sort.AUTO_REPLY, _told("from", mail.header("from"))) if named else None


def _wants_no_machine(mail: Mail) -> bool:
    """It asks not to be answered by machine: a sign only together with another."""
    return (
        is_from_nobody(mail)
        or (is_daemon(mail) and is_certain(mail))
        or any(mail.header(name).strip().lower() in ("bulk", "junk", "list") for name in ("precedence", "x-precedence"))
    )


def _to_many(mail: Mail) -> Sorting | None:
    """A list first, and what a header of its own says before what Precedence says: that stands in answers, too."""
    if MANY.isdisjoint(name for name, _ in mail.root.headers):
        return None
    precedences = [(name, mail.header(name).strip().lower()) for name in ("precedence", "x-precedence")]
    for name in LISTS:
        if value := mail.header(name):
            return Sorting(Sort.LIST, _told(name, value))
    for name, value in precedences:
        if value == "list":
            return Sorting(Sort.LIST, _told(name, value))
    for name in BULK:
        if value := mail.header(name):
            return Sorting(Sort.BULK, _told(name, value))
    for name, value in precedences:
        if value in ("bulk", "junk"):
            return Sorting(Sort.BULK, _told(name, value))
    return None


def asks_for_another(mail: Mail) -> bool:
    """Answers are to go to somebody at another domain, as when a form brings a visitor's words."""
    home = mail.sender.address.rpartition("@")[2].lower()
    there = [box.address for box in mail.reply_to if "@" in box.address and not NO_REPLY.match(box.address)]
    return any(address.rpartition("@")[2].lower() != home for address in there)


def list_names(mail: Mail) -> list[str]:
    """What the list calls itself: its addresses, and its id with dots only (RFC 2919)."""
    texts = [mail.header(name) for name in NAMING]
    found = [normalised(address) for text in texts for address in LIST_ADDRESS.findall(text[:2_000])[:5]]
    found += [f"{group}@{domain}".lower() for text in texts for domain, group in URL_GROUP.findall(text[:2_000])[:5]]
    identity = LIST_ID.search(mail.header("list-id")[-300:])
    return list(dict.fromkeys([*found, *([identity[1].lower()] if identity else [])]))[:10]


def _told(name: str, value: str) -> str:
    written = "-".join(word.capitalize() for word in name.split("-"))
    return f"{written}: {' '.join(value.split())}"[:200]
