"""Was this mail written by a person, or did a machine answer? (RFC 3834 and what came before it.)"""

import re

from .mail import Mail

BULK = {"bulk", "list", "junk"}
SUBJECT = re.compile(
    r"\W*(?:(?:re|aw|antw|sv|odp|ta)\s*:\s*)*(?:"
    r"auto(?:matic|mated|matische|matisk)?[ -]?(?:reply|response|responder|antwort|svar)\b|"
    r"auto:|out of (?:the )?office|away from (?:my )?(?:office|mail|desk)|on (?:vacation|holiday|leave)\b|"
    r"vacation (?:reply|message)|"
    r"automatische antwoord|automatisch antwoord|afwezig|abwesenheits?|abwesend|"
    r"außer haus|ich bin (?:im urlaub|nicht im)|"
    r"urlaub[: ]|réponse automatique|absence du bureau|absent du bureau|respuesta automática|fuera de (?:la )?oficina|"
    r"risposta automatica|fuori (?:sede|ufficio)|resposta automática|fora do escritório|odpowiedź automatyczna|"
    r"autoodpowiedź|poza biurem|автоматический ответ|автоответ|вне офиса|automatiskt svar|frånvaro|automatisk svar|"
    r"automatická odpověď|automaattinen vastaus)",
    re.IGNORECASE,
)
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
    if SUBJECT.match(mail.subject):
        return True
    answering = bool(mail.in_reply_to or mail.references)
    return answering and (precedence in BULK or is_from_nobody(mail)) and not _is_list(mail)


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
