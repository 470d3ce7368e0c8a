"""Recognises by its shape what a phone or an app appends to a mail: "Sent from my ..." and a device, nothing else."""

import re

from .words import UNSEEN

MAX_LENGTH = 160
MAX_WORDS = 9
FROM_MINE = (  # "sent from my"
    "sent (?:from|via|with|using|by) (?:my|our)|"
    "(?:diese (?:nachricht|e-mail|mail) wurde )?(?:gesendet )?(?:von|mit|über) (?:meinem/meiner|meinem|meiner|mein)|"
    "envoyée? (?:de|depuis|à partir de|avec) (?:mon|ma)|enviado desde mi|"
    "enviad[oa] (?:do|pelo|da|a partir do) (?:meu|minha)|"
    "inviato (?:dal|con il|da) (?:mio)|(?:verzonden|verstuurd) (?:vanaf|via|met|van) mijn|"
    "wysłan[eoy] (?:z|ze) (?:mojego|mojej|telefonu)|отправлено (?:с|со|из) моего|надіслано з мого|"
    "(?:skickat|sendt) (?:från|fra) (?:min|mitt|mit)|lähetetty (?:minun|omasta)|odesláno z mého|"
    "odoslané z (?:môjho|mojho)|trimis de pe|изпратено от моя|"
    "poslano (?:s|z|iz) (?:mojega|mojeg|mog|moje)|enviat des del meu|saadetud minu|(?:no)?sūtīts no mana|"
    "išsiųsta iš mano"
)
FROM = (  # "sent from"
    "sent (?:from|via|with|using)|(?:diese (?:nachricht|e-mail|mail) wurde )?gesendet (?:von|mit|über)(?: der| dem)?|"
    "envoyée? (?:de|depuis|à partir de|avec)|enviado (?:desde|do|pelo|a partir do|de|con)|inviato (?:da|dal|con)|"
    "(?:verzonden|verstuurd) (?:vanaf|via|met|van)|wysłan[eoy] (?:z|ze|przez)|"
    "(?:отправлено|послано) (?:с|со|из)|надіслано з|(?:skickat|sendt) (?:från|fra|med|via)|lähetetty|"
    "odesláno (?:z|ze|pomocí)|odoslané (?:z|zo)|trimis (?:de pe|din)|στάλθηκε από|изпратено от|"
    "poslano (?:s|z)|enviat des de|küldve"
)
OF_A_PLACE = (  # "sent from", as parcels are, too
    "verzonden vanuit|poslano iz|(?:el)?küldve az?|αποστολή από|dikirim dari|(?:được|đã) gửi từ"
)
GET = (
    "(?:get|holen sie sich|hol dir|télécharger|"
    "téléchargez|obtenir|obtener|obtén|ottieni|scarica|download|obter|obtenha|pobierz|скачайте|"
    r"skaffa|hent|hanki|získat|hämta) "
    r"(?:outlook|gmail|yahoo|proton|tuta|blue ?mail|aqua ?mail|my ?mail|fair ?email|air ?mail|web\.de|gmx|aol|zoho|"
    r"spark|spike|edison|canary|newton|nine|k-9|thunderbird|libero|yandex|mail\.ru|naver|samsung|mailspring|mailbird)"
    r"\S{0,10}(?: mail| email)? (?:for|für|pour|para|per|voor|dla|для|til|pro|till|för)"
)
DEVICE = r"(?:i ?phon\w|i ?pad|i ?pod|android|galaxy|blackberry)"
# a name in other letters than the words around it, or what phones are called there; a town is neither
OTHERS = (
    r"(?=.{0,40}(?:[a-z0-9]{2}|スマ|携帯|タブレット|手机|手機|平板|휴대|스마트폰|갤럭시|아이폰|טלפון|נייד|هاتف|جوال|"
    r"موبایل|โทรศัพท์|มือถือ|फ़ोन|मोबाइल))"
)
BEHIND = (  # where the verb stands last, and scripts without spaces
    rf"yahoo mail: search, organi[sz]e, conquer|{DEVICE}\S{{0,12}} (?:gönderildi|küldve)|"
    rf"{OTHERS}(?:(?:发自我的|發自我的|从我的|從我的|發送自我的|发送自).{{1,40}}|"
    r".{1,40}(?:から送信|より送信|에서 보냄|에서 보냈습니다|傳送|发送)|"
    r"(?:נשלח מה-?|أُرسلت من|أرسلت من|مرسل من|ارسال شده از|ส่งจาก).{1,40}|मेरे .{1,40} से भेजा गया)"
)
SMALL = set(  # words between the names of devices and apps
    "for für pour para per voor dla для with mit met avec con com via using by on auf der the app mail mobile device "
    "phone l'application l’application application "
    "smartphone tablet i in aus von ze pro för til till sovelluksesta mobilen το "
    "with powered secure email e-mail mailbox webmail telefon téléphone "
    "meu mea μου το mana minu minun appareil dispositivo dispositif toestel apparaat enhet enhed laite "
    "urządzenia zařízení zariadenia készülék készülékről устройства пристрою συσκευή dispozitivul "
    "teléfono telefone telefono toestel saya của tôi мобильной мобильного приложения aplikacji".split()
)
APPS = {
    "android",
    "outlook",
    "gmail",
    "yahoo",
    "proton",
    "mail",
    "app",
    "webmail",
    "mac",
    "windows",
    "desktop",
    "bluemail",
    "galaxy",
    "pixel",
    "protonmail",
    "redmi",
    "spark",
    "superhuman",
}  # with ordinary capitals
NO_DEVICES = set(  # people and places that somebody may write with a capital: "Sent from my Mum"
    "mum mom mother dad father parents wife husband son daughter brother sister aunt uncle granny grandma grandpa "
    "cousin friend neighbour neighbor boss lawyer doctor landlord home house office desk bed heart bank account hotel "
    "mère maman père papa femme mari fils fille frère sœur tante oncle ami amie voisin patron avocat médecin maison "
    "bureau compte banque casa mamá madre papá padre esposa marido hijo hija hermano hermana tía tío amigo amiga jefe "
    "abogado oficina cuenta banco mãe pai mulher filho filha irmão irmã advogado escritório conta mamma babbo moglie "
    "marito figlio figlia fratello sorella zia zio amico avvocato ufficio conto banca moeder vader vrouw man zoon "
    "dochter broer zus baas advocaat huis kantoor rekening mamy taty żony męża mor mamma far fru mand kone chef "
    "advokat kontor konto мамы папы жены мужа брата сестры дома офиса".split()
)
LONE = re.compile(
    r"(?:\w+-|\w{1,12}(?=phone))?(?:phone|tablet|mobile|handy|smartphone|telefon\w*|téléphone|móvil|celular|mobil\w*|watch|computer|pc|device|gerät|mobilgerät|мобильн\w+)\Z",
    re.IGNORECASE,
)
START = re.compile(
    rf"(?:(?P<mine>{FROM_MINE})|(?P<place>{OF_A_PLACE})|(?P<from>{FROM})|(?P<get>{GET})) ", re.IGNORECASE
)
MAILER = re.compile(r"[A-Z0-9]\S{0,20}mail\Z|Mail(?:spring|bird|box|mate)\Z")  # FairEmail, Mailspring
CAPITALS = re.compile(r"von|mit|über|gesendet|diese", re.IGNORECASE)
VERB_LAST = re.compile(r"(?: aus)?(?: gesendet| geschickt)\Z", re.IGNORECASE)
SENDERS = r"(?:proton|tuta|yahoo|outlook|gmail|gmx|web\.de) ?mail|outlook|gmail"
GERMAN = re.compile(rf"von (?:samsung (?=\S)|(?={DEVICE}|{SENDERS}))(?P<rest>.{{1,40}}) gesendet\Z", re.IGNORECASE)
NAMED = re.compile(DEVICE, re.IGNORECASE)
WHOLE = re.compile(rf"(?:{BEHIND})\Z", re.IGNORECASE)
LINK = re.compile(r"<[^<>\s]{1,2000}>|[(\[]?\s?https?://[^\s)\]]{1,2000}(?:\s?[)\]])?")
OUTLOOKS_OWN = re.compile(r"\bOutlook\b.{0,40}<https://aka\.ms/\w{1,12}>", re.IGNORECASE)  # "Get Outlook for iOS"
PLATFORM = re.compile(r"\b(?:iOS|Android)\b")
MEANS = re.compile(r"(?:via|with|using|mit|über|con|med|met|przez|avec)(?: der| dem)? \Z", re.IGNORECASE)
EDGES = " \t\xa0*_.!-–—\"'[]()"


def is_link(line: str) -> bool:
    """Nothing but where the app is to be had."""
    return line.rstrip().endswith(">") and LINK.fullmatch(line.strip()) is not None


def is_of_a_phone(line: str, *, apart: bool) -> bool:
    """apart: nothing stands directly above the line. Only names of devices and apps may follow the first words."""
    bare = UNSEEN.sub("", LINK.sub("", line)).strip(EDGES)
    if not bare or len(bare) > MAX_LENGTH or line.rstrip().endswith("?"):
        return False
    if WHOLE.match(bare):
        return apart or len(bare) < 40
    if OUTLOOKS_OWN.search(line) and PLATFORM.search(bare) and len(bare.split()) < MAX_WORDS:
        return True
    if german := GERMAN.match(bare):
        words = german["rest"].split()
        return all(map(_may_stand_there, words)) and any(map(_is_device, words))
    start = START.match(f"{bare} ")
    return start is not None and _goes_on_with_a_device(bare, start, apart=apart, linked="http" in line)


def _goes_on_with_a_device(bare: str, start: re.Match[str], *, apart: bool, linked: bool) -> bool:
    """start: the first words, as "Sent from"; linked: the line leads to whoever made the app."""
    rest = VERB_LAST.sub("", bare[start.end() :].strip(EDGES))
    words = [word.strip(EDGES) for word in rest.split()]
    if not all(words) or not 0 < len(words) <= MAX_WORDS or _is_with_a_carrier(start, words):
        return False
    if not _has_verb(bare, start) or not all(map(_may_stand_there, words)):
        return False
    if any(map(_is_device, words)) or linked or (start["get"] and PLATFORM.search(bare)):
        return True
    named = [word for word in words if _is_product(word)]
    return bool(start["mine"]) and apart and _name_a_device(bare, named)


def _name_a_device(bare: str, named: list[str]) -> bool:
    """A German noun begins like a name, and so do people in every language."""
    if CAPITALS.match(bare):
        return any(map(_is_made_up, named))
    return bool(named) and not any(word.lower() in NO_DEVICES for word in named)


def _may_stand_there(word: str) -> bool:
    return _is_product(word) or word.lower().strip(",") in SMALL or _is_device(word)


def _is_with_a_carrier(start: re.Match[str], words: list[str]) -> bool:
    """Sent with a carrier: no app."""
    by_means = MEANS.search(start[0]) and start["from"]
    return bool(by_means) and not any(map(_is_device, words))


def _has_verb(bare: str, start: re.Match[str]) -> bool:
    """ "Von meinem Handy" is the beginning of a sentence; "Gesendet von meinem ..." is not, nor "Von meinem iPhone"."""
    named = start[0].lower().startswith("von ") and NAMED.search(bare)
    return not start[0].lower().startswith(("von ", "mit ", "über ")) or bool(VERB_LAST.search(bare) or named)


def _is_product(word: str) -> bool:
    return word[0].isdigit() or word != word.lower()


def _is_made_up(word: str) -> bool:
    """GMX, X7: capitals or digits where words have none."""
    return word[1:] != word[1:].lower() or any(map(str.isdigit, word))


def _is_device(word: str) -> bool:
    return word.lower() in APPS or bool(LONE.match(word) or NAMED.match(word) or MAILER.match(word))
