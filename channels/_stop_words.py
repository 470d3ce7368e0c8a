"""Words that shut a customer's door or open it, when nothing else is written: SMS, WhatsApp and Telegram alike.

The provider's own (https://help.twilio.com/articles/223134027) and those of the languages our customers write. A word
that also means something else (fin, baja, sair) counts only where the customer's language is the one it stops in. Where
one stands in several words, a hyphen stands here for the blank or hyphen between them.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from itertools import islice

STOP: Mapping[str, str] = {
    "en": "STOP STOPALL STOP-ALL STOP-SMS UNSUBSCRIBE CANCEL END QUIT OPTOUT OPT-OUT REVOKE UNSUBSCRIBE-ME STOP-STOP "
    "STOP-STOP-STOP",
    "de": "STOPP ENDE ABMELDEN ABBESTELLEN AUSTRAGEN BITTE-ABMELDEN NEWSLETTER-ABBESTELLEN NEWSLETTER-ABMELDEN",
    "fr": "ARRET ARRETER ARRETEZ DESABONNER DESINSCRIRE DESINSCRIPTION SE-DESABONNER ME-DESABONNER",
    "es": "DETENER DESUSCRIBIR DESUSCRIBIRME DARME-DE-BAJA CANCELAR-SUSCRIPCION DARSE-DE-BAJA DAR-DE-BAJA",
    "it": "FERMA FERMATE DISISCRIVI DISISCRIVIMI CANCELLAMI ANNULLA-ISCRIZIONE DISISCRIVITI CANCELLA-ISCRIZIONE",
    "pt": "PARAR DESCADASTRAR DESCADASTRE CANCELAR-INSCRICAO",
    "nl": "STOPPEN AFMELDEN UITSCHRIJVEN",
    "da": "AFMELD FRAMELD",
    "sv": "STOPPA AVREGISTRERA AVSLUTA-PRENUMERATION",
    "nb": "AVMELD",
    "fi": "LOPETA",
    "pl": "WYPISZ REZYGNUJE WYPISZ-MNIE",
    "cs": "ODHLASIT",
    "hu": "LEIRATKOZAS LEIRATKOZOM",
    "ro": "DEZABONARE DEZABONEAZA",
    "tr": "DURDUR ABONELIKTENCIK",
    "el": "ΣΤΟΠ ΔΙΑΓΡΑΦΗ",
    "ru": "СТОП ОТПИСАТЬСЯ ОТПИШИТЕ ОТПИСКА",
    "uk": "ВІДПИСАТИСЯ",
    "he": "הסר",
    "ar": "توقف إيقاف إلغاء-الاشتراك",
    "ja": "停止 配信停止",
    "zh": "停止 退订 退訂 取消订阅 取消訂閱",
    "ko": "중지 수신거부 구독취소 구독-취소",
    "sk": "ODHLASENIE",
    "hr": "ODJAVA",
    "bg": "ОТПИСВАНЕ",
    "id": "BERHENTI",
    "hi": "बंद-करो",
}
STOP_AT_HOME: Mapping[str, str] = {
    "fr": "FIN",
    "es": "BAJA ALTO PARA PARE CANCELAR",
    "pt": "SAIR PARE PARA CANCELAR",
    "it": "ALT BASTA",
    "tr": "DUR IPTAL",
    "zh": "TD",
    "fi": "SEIS PERU",
    "sv": "AVSLUTA SLUTA",
}
SPOKEN_AT: Mapping[str, str] = {  # how numbers and WhatsApp's own ids begin, where the language is beyond doubt
    "fr": "+33 FR.",
    "es": "+34 +51 +52 +53 +54 +56 +57 +58 +502 +503 +504 +505 +506 +507 +591 +593 +595 +598"
    " ES. PE. MX. CU. AR. CL. CO. VE. GT. SV. HN. NI. CR. PA. BO. EC. PY. UY.",
    "pt": "+351 +55 PT. BR.",
    "it": "+39 IT.",
    "tr": "+90 TR.",
    "zh": "+86 +852 +886 CN. HK. TW.",
    "fi": "+358 FI.",
    "sv": "+46 SE.",
}
SHORT_CODE = re.compile(r"(?<=\ASTOP)(?:-AU)?-3[68]\d{3}\Z")  # as French advertising asks for: STOP au 36111
START = "START UNSTOP СТАРТ"
HELP = "HELP HILFE INFO AIDE AYUDA AIUTO AJUDA ПОМОЩЬ"


def keyword_of(text: str, language: str = "", handle: str = "") -> str:
    """stop, start or help when the message is nothing but such a word. language: the customer's (de, pt-BR) if known;
    handle: the phone number or WhatsApp id that tells it otherwise.

    Case, accents and the signs around the word do not matter.
    """
    if not text or len(text) > LONGEST:
        return ""
    word = SHORT_CODE.sub("", _plain(_bare(text)))
    if word in _EVERYWHERE:
        return _EVERYWHERE[word]
    homes = _AT_HOME.get(word, ())
    return "stop" if homes and (language[:2].lower() or _language_at(handle)) in homes else ""


def _language_at(handle: str) -> str:
    """The language of the country a phone number or a WhatsApp id begins with; "" where there are several."""
    return next((language for prefix, language in _SPOKEN if handle.startswith(prefix)), "")


def _bare(text: str) -> str:
    """The few words of the message without quotes, stops and emoji, hyphens between them; "" when there are more."""
    words = list(islice((word for word in text.split() if any(map(str.isalnum, word))), MOST_WORDS + 1))
    return "-".join(map(_trimmed, words)) if len(words) <= MOST_WORDS else ""


def _trimmed(word: str) -> str:
    letters = [at for at, sign in enumerate(word) if sign.isalnum()]
    return word[letters[0] : letters[-1] + 1]


def _plain(word: str) -> str:
    """In capitals and without accents: arrêt is typed as arret, too."""
    if word.isascii():
        return word.upper()
    parts = unicodedata.normalize("NFKD", word.upper())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _plains(words: str) -> Collection[str]:
    return [_plain(word) for word in words.split()]


LONGEST, MOST_WORDS = 40, 3
_SPOKEN = [(prefix, language) for language, prefixes in SPOKEN_AT.items() for prefix in prefixes.split()]
_EVERYWHERE = {
    **{word: "stop" for words in STOP.values() for word in _plains(words)},
    **dict.fromkeys(_plains(START), "start"),
    **dict.fromkeys(_plains(HELP), "help"),
}
_AT_HOME = {
    word: [language for language, others in STOP_AT_HOME.items() if word in _plains(others)]
    for words in STOP_AT_HOME.values()
    for word in _plains(words)
}
