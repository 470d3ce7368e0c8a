"""Was this mail written by a person, or did a machine answer? (RFC 3834 and what came before it.)"""

import re

from .mail import Mail

BULK = {"bulk", "list", "junk"}
NAMES = (
    r"auto(?:matic|mated|matische|matisk)?[ -]?(?:reply|response|responder|antwort|svar)|"
    r"out of (?:the )?office(?: (?:auto)?reply| message| notification)?|vacation (?:reply|message)|"
    r"abwesenheits(?:notiz|nachricht|meldung|mitteilung|benachrichtigung|assistent|agent)|"
    r"automatische antwoord|automatisch antwoord|afwezigheidsbericht|"
    r"réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|risposta automatica|"
    r"fuori (?:sede|ufficio)|resposta automática|fora do escritório|odpowiedź automatyczna|autoodpowiedź|poza biurem|"
    r"автоматический ответ|автоответ|вне офиса|automatiskt svar|automatisk svar|automatická odpověď|"
    r"automaattinen vastaus|自动回复|自動回复|自動回覆|自动答复|自動返信|自動応答|不在返信|不在通知|"
    r"자동 ?(?:회신|응답)|부재 ?중 자동 ?(?:회신|응답)"
)
WORDS = (
    r"auto:|away from (?:my )?(?:office|mail|desk)|on (?:vacation|holiday|leave)\b|afwezig|abwesen|außer haus|"
    r"ich bin (?:im urlaub|nicht im)|urlaub\b|absent du bureau|frånvaro|休暇|부재 ?중"
)
# such a name alone, or before the subject that is answered
NOTICE = re.compile(
    rf"\W*(?:(?:re|aw|antw|sv|odp|ta)\s*:\s*)*(?:{NAMES})"
    r"(?:\W*\Z|\s*[:：|(\[\])}】」』–—-]|\s+(?:re|aw)\s*:|\s+(?:from|von)\b)",
    re.IGNORECASE,
)
PERHAPS = re.compile(rf"\W*(?:{NAMES}|{WORDS})", re.IGNORECASE)  # a question may begin like this, too
REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply")
LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "feedback-id", "x-campaign", "x-mailinglist")


def is_auto_reply(mail: Mail) -> bool:
    """A machine answers in a person's stead: shown, but nobody waits for an answer to it."""
    submitted = mail.header("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    precedence = mail.header("precedence").strip().lower()
    if submitted and submitted != "no":
        return submitted.startswith("auto-replied") or not _is_list(mail)
    if precedence in ("auto_reply", "auto-reply") or any(_says_yes(mail, name) for name in REPLY_HEADERS):
        return True
    answering = bool(mail.in_reply_to or mail.references)
    if NOTICE.match(mail.subject) or (answering and PERHAPS.match(mail.subject)):
        return True
    if _is_list(mail):
        return False
    if PERHAPS.match(mail.subject):
        return is_automatic(mail)
    return answering and (precedence in BULK or is_from_nobody(mail))


def is_automatic(mail: Mail) -> bool:
    """Besides auto replies, never answer these by machine: lists, newsletters, and what asks not to be answered."""
    return (
        _is_list(mail)
        or is_from_nobody(mail)
        or mail.header("precedence").strip().lower() in BULK
        or bool(re.search(r"\b(?:all|autoreply|oof)\b", mail.header("x-auto-response-suppress"), re.IGNORECASE))
        or bool(mail.header("x-loop") or mail.header("x-hub-loop"))
        or bool(re.match(r"(?:no|do-?not)[-_.]?reply|mailer-daemon|postmaster", mail.sender.address, re.IGNORECASE))
    )


def is_from_nobody(mail: Mail) -> bool:
    """The null return path: whoever sent it wants no answer."""
    return mail.header("return-path").strip() == "<>"


def _is_list(mail: Mail) -> bool:
    return any(mail.root.first(name) for name in LIST_HEADERS)


def _says_yes(mail: Mail, name: str) -> bool:
    value = mail.header(name).strip().lower()
    return bool(value) and value not in ("no", "false", "0")
