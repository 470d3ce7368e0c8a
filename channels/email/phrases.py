"""What mail programs write around quoted text, language by language.

As Gmail, Outlook, Apple Mail, Thunderbird and the large webmailers write it; docs/recognised.md shows the table.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Each a list parted by "|". wrote: the verb of "On ..., Ada wrote:"; sender, sent, date, to and subject: labels of
    a header block; sent is what only programs write, date stands in forms, too. days: full names of weekdays."""

    wrote: str
    sender: str
    sent: str
    date: str
    to: str
    subject: str
    days: str


LANGUAGES = {
    "English": Language(
        "wrote|writes", "From", "Sent", "Date", "To", "Subject",
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    ),
    "German": Language(
        "schrieb|schrieben|geschrieben", "Von", "Gesendet", "Datum", "An", "Betreff",
        "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag",
    ),
    "French": Language(
        "a écrit|a ecrit", "De", "Envoyé|Envoyé le|Message du", "Date", "À|A|Pour", "Objet|Sujet",
        "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    ),
    "Spanish": Language(
        "escribió|escribio", "De|Desde", "Enviado|Enviado el", "Fecha", "Para", "Asunto",
        "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    ),
    "Italian": Language(
        "ha scritto|scrive", "Da", "Inviato", "Data", "A", "Oggetto",
        "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    ),
    "Dutch": Language(
        "schreef|geschreven", "Van", "Verzonden", "Datum", "Aan", "Onderwerp",
        "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
    ),
    "Portuguese": Language(
        "escreveu", "De", "Enviado|Enviada|Enviada em|Enviado em", "Data", "Para", "Assunto",
        "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|sábado|domingo",
    ),
    "Polish": Language(
        "napisał(a)|napisała|napisał|pisze|wiadomość napisana przez", "Od|Nadawca", "Wysłano|Wysłane", "Data",
        "Do|Adresat", "Temat",
        "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela",
    ),
    "Russian": Language(
        "написал(а)|написала|написал|пишет", "От|От кого", "Отправлено|Послано", "Дата", "Кому", "Тема",
        "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье",
    ),
    "Ukrainian": Language(
        "написав(ла)|написала|написав|пише", "Від|Від кого", "Надіслано", "Дата", "Кому", "Тема",
        "понеділок|вівторок|середа|четвер|п'ятниця|п’ятниця|субота|неділя",
    ),
    "Swedish": Language(
        "skrev", "Från", "Skickat", "Datum", "Till", "Ämne", "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag"
    ),
    "Danish": Language(
        "skrev", "Fra", "Sendt", "Dato", "Til", "Emne", "mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag"
    ),
    "Norwegian": Language("skrev", "Fra", "Sendt", "Dato", "Til", "Emne", "mandag|tirsdag|onsdag|torsdag|fredag"),
    "Finnish": Language(
        "kirjoitti", "Lähettäjä", "Lähetetty", "Päivämäärä|Päiväys", "Vastaanottaja|Kenelle", "Aihe",
        "maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai",
    ),
    "Czech": Language(
        "napsal(a)|napsala|napsal", "Od", "Odesláno", "Datum", "Komu", "Předmět",
        "pondělí|úterý|středa|čtvrtek|pátek|sobota|neděle",
    ),
    "Slovak": Language(
        "napísal(a)|napísala|napísal", "Od", "Odoslané", "Dátum", "Komu", "Predmet",
        "pondelok|utorok|streda|štvrtok|piatok|sobota|nedeľa",
    ),
    "Hungarian": Language(
        "ezt írta|írta|írta (időpont|írta időpont", "Feladó", "Elküldve|Küldve", "Dátum", "Címzett", "Tárgy",
        "hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap",
    ),
    "Romanian": Language(
        "a scris", "De la", "Trimis|Expediat", "Data|Dată", "Către|Catre", "Subiect",
        "luni|marți|miercuri|joi|vineri|sâmbătă|duminică",
    ),
    "Turkish": Language(
        "şunu yazdı|şunları yazdı|yazdı", "Kimden|Gönderen", "Gönderildi|Gönderilme", "Tarih", "Kime", "Konu",
        "pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar",
    ),
    "Greek": Language(
        "έγραψε", "Από", "Στάλθηκε|Εστάλη", "Ημερομηνία", "Προς", "Θέμα",
        "δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|σάββατο|κυριακή",
    ),
    "Bulgarian": Language(
        "написа", "От", "Изпратено", "Дата", "До", "Относно|Тема",
        "понеделник|вторник|сряда|четвъртък|петък|събота|неделя"
    ),
    "Croatian": Language(
        "napisao/la je|napisao je|napisala je|je napisao|je napisala|je napisao/la", "Šalje|Od", "Poslano", "Datum",
        "Prima|Za", "Predmet", "ponedjeljak|utorak|srijeda|četvrtak|petak|subota|nedjelja",
    ),
    "Serbian": Language("је написао/ла|је написао|је написала", "Од", "Послато", "Датум", "За", "Наслов", "понедељак"),
    "Slovenian": Language(
        "je napisal|je napisala|je napisal/-a|napisal|napisala", "Od", "Poslano", "Datum", "Za", "Zadeva", "torek"
    ),
    "Lithuanian": Language("rašė|parašė", "Nuo", "Išsiųsta", "Data", "Kam", "Tema", "pirmadienis|antradienis"),
    "Latvian": Language("rakstīja", "No", "Nosūtīts", "Datums", "Kam", "Temats", "pirmdiena|otrdiena"),
    "Estonian": Language("kirjutas", "Saatja", "Saadetud", "Kuupäev", "Adressaat", "Teema", "esmaspäev|teisipäev"),
    "Catalan": Language(
        "va escriure|ha escrit|missatge de", "De", "Enviat", "Data", "Per a", "Assumpte", "dilluns|dimarts"
    ),
    "Galician": Language("escribiu", "De", "Enviado", "Data", "Para", "Asunto", "luns|martes|mércores|xoves|venres"),
    "Icelandic": Language(
        "skrifaði", "Frá", "Sent", "Dagsetning", "Til", "Efni", "mánudagur|þriðjudagur|miðvikudagur|fimmtudagur"
    ),
    "Vietnamese": Language("đã viết", "Từ", "Đã gửi", "Ngày", "Đến|Tới", "Chủ đề", "thứ hai|thứ ba|thứ tư"),
    "Indonesian": Language("menulis", "Dari", "Dikirim", "Tanggal", "Kepada", "Perihal", "senin|selasa|rabu"),
    "Chinese": Language(
        "写道|寫道|写到", "发件人|寄件者", "发送时间|寄件日期|傳送時間", "日期", "收件人|收件者", "主题|主旨|主題",
        "星期|週",
    ),
    "Japanese": Language(
        "さんは書きました|さんが書きました|のメール|は書きました", "差出人|送信者", "送信日時", "日付|日時", "宛先",
        "件名",
        "月曜日|火曜日|水曜日|木曜日|金曜日|土曜日|日曜日",
    ),
    "Korean": Language(
        "님이 작성|작성|님이 다음을 작성", "보낸 사람|보낸사람", "보낸 날짜", "날짜", "받는 사람|받는사람", "제목",
        "월요일|화요일|수요일|목요일|금요일"
    ),
    "Hebrew": Language("כתב/ה|כתבה|כתב", "מאת", "נשלח", "תאריך", "אל", "נושא", "יום"),
    "Arabic": Language("كتب|كتبت|تمت كتابة ما يلي بواسطة", "من", "تم الإرسال", "التاريخ", "إلى", "الموضوع", "الأحد"),
    "Thai": Language("เขียนว่า", "จาก", "ส่งเมื่อ|ส่ง", "วันที่", "ถึง", "เรื่อง|หัวเรื่อง", "วัน"),
}  # fmt: skip
UNSPACED = {"Chinese", "Japanese", "Korean", "Thai"}  # words that stand against others

# how a line begins that names a day; full weekdays come from the table
OPENERS = (
    "on|at|am|um|le|el|il|o|þann|il giorno|op|em|no dia|w dniu|dnia|dne|dňa|den|på|в|на|date|於|于|în|la|στις|vào|"
    "pada|në|dana|pe|v|u"
)
SHORT_DAYS = (  # and months
    "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|mie|jue|vie|sáb|sab|dom|gio|"
    "ma|wo|vr|za|zo|seg|ter|qua|qui|sex|pon|wt|śr|czw|pt|sob|niedz|nd|пн|вт|ср|чт|пт|сб|вс|нд|po|út|st|čt|pá|ne|"
    "uto|sri|čet|ned|sre|pirmd|otrd|trešd|ceturtd|piektd|sestd|svētd|dl|dt|dc|dj|dv|ds|dg|בתאריך|"
    r"man(?=\.| \d)|tir|tirs|tor|tors|fre|lør|søn|tis|ons|mån|lör|sön|"  # "man" is a word in German
    "ke|to|pe|su|ti|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec|march|april|june|july"
)
QUOTING = "excerpts from|quoting|zitat von|citando a|citando|citation de|citeren|cytowanie|citerar|citát"
YOU_WROTE = (  # The Bat!, above marked lines
    "you wrote|sie schrieben|du schriebst|vous avez écrit|vous écriviez|usted escribió|lei ha scritto|"
    "вы писали|ви писали"
)
# between a verb and a name: somebody wrote to somebody, which is no attribution
ADDRESSED = "to|me|us|you|that|an|mir|uns|ihnen|ihm|dass|à|que|para|che|mi|aan|do|że|вам|мне|нам|что|till|til"
TO_US = "me|us|mir|uns|nous|mi|ci|nos|mij|ons|mnie|nam|мне|нам|mig|meg|oss|minulle|mně"
PERSONS = (
    "i|we|you|he|she|they|ich|wir|er|sie|du|je|nous|vous|il|elle|on|yo|nosotros|usted|él|ella|io|noi|lui|lei|ik|wij|"
    "hij|zij|eu|nós|ele|ela|ja|on|ona|я|мы|он|она|jag|vi|han|hon|hun|jeg|minä|me|já|my|én|ő|eu|el|ea|ben|biz"
)
OWN = (  # somebody tells of a person of theirs
    "my|our|mein|meine|unser|unsere|mon|ma|notre|mi|nuestro|nuestra|meu|miña|minha|noso|nosa|nosso|nossa|mio|mia|"
    "nostro|nostra|mijn|onze|mój|moja|мой|моя|мій"
)
OWN_BEHIND = "minn|mín|mitt|okkar"
# besides names, before the verb or the address
PARTICLES = set(
    "von van de der den di da del la le el bin al ten ter zu und and y e et via of the hat heeft folgendes "
    "uživatel użytkownik používateľ пользователь користувач usuario utilisateur użytkownika "
    "missatge oseba lietotājs je".split()
)
BY = "by|from|von|de|da|от|від|od|av|af|van|από|par|por|di|fra|från|tarafından|oleh|bởi|מאת"
EXTRA_LABELS = (
    "Cc|Bcc|Kopie|Copie|Copie à|Copia|Kopia|Копия|Reply-To|Antwort an|Attachments|Anlagen|Anhänge|Pièces jointes|"
    "Importance|Wichtigkeit|Priority|Priorität|Organization|Resent-From|Datei(?:en)?|CC|抄送|참조|Kópia|Másolat|Копія"
)
ORIGINAL = (
    "original message|original appointment|ursprüngliche nachricht|ursprüngliche mail|ursprüngliche mitteilung|"
    "původní e-mail|pôvodný e-mail|mail original|original mail|ursprungliche nachricht|original-nachricht|"
    "originalnachricht|originale nachricht|message d'origine|message d’origine|message original|message initial|"
    "mensaje original|messaggio originale|oorspronkelijk bericht|oorspronkelijke bericht|mensagem original|"
    "oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna|исходное сообщение|оригинальное сообщение|"
    "původní zpráva|pôvodná správa|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|"
    "alkuperäinen viesti|eredeti üzenet|orijinal mesaj|özgün ileti|mesaj original|mesajul original|"
    "вихідне повідомлення|оригінал повідомлення|αρχικό μήνυμα|оригинално съобщение|izvorna poruka|"
    "оригінальне повідомлення|reply message|quoted message|replied message|original|元のメッセージ|"
    "原始邮件|原始郵件|回复的原邮件|원본 메시지|원본 메일"
)
FORWARDED = (
    "forwarded message|weitergeleitete nachricht|message transféré|message réexpédié|"
    "mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|mensagem reencaminhada|"
    "przekazana wiadomość|wiadomość przekazana|пересылаемое сообщение|пересланное сообщение|vidarebefordrat meddelande|"
    "videresendt meddelelse|videresendt melding|přeposlaná zpráva|preposlaná správa|välitetty viesti|"
    "továbbított üzenet|mesaj redirecționat|iletilen mesaj|yönlendirilmiş ileti|переслане повідомлення|"
    "προωθημένο μήνυμα|препратено съобщение|proslijeđena poruka|転送メッセージ|转发的邮件|轉寄郵件|전달된 메시지"
)
FORWARDED_BY = "forwarded by "
BEGIN_FORWARDED = (
    "begin forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|"
    "début du message transféré|début du message réexpédié|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    "begin doorgestuurd bericht|início da mensagem reencaminhada|início da mensagem encaminhada|"
    "początek przekazywanej wiadomości|начало переадресованного сообщения|vidarebefordrat brev|start på videresendt"
)
REPLY_ABOVE = (
    "please type your reply above this line|reply above this line|write above this line|"
    "please reply above this line|type your reply above this line|please write above this line|"
    "bitte antworten sie oberhalb dieser zeile|bitte oberhalb dieser zeile antworten|"
    "antworten sie oberhalb dieser zeile|"
    "veuillez répondre au-dessus de cette ligne|responda por encima de esta línea|responda acima desta linha|"
    "rispondi sopra questa riga|reageer boven deze lijn|odpowiedz powyżej tej linii|ответьте выше этой линии|"
    "bitte antworten sie oberhalb dieser linie|antwort bitte über dieser zeile|répondez au-dessus de cette ligne"
)
ANSWER_PREFIXES = (
    "re|aw|antw|antwort|sv|odp|ynt|yan|res|rif|rép|rsp|ref|vs|vá|válasz|ats|atb|ad|отв|відп|απ|回复|回覆|答复|答覆|返信|답장|回信|"
    "hồi âm|bls|balas|ha|на"
)
FORWARD_PREFIXES = (
    "fwd?|wg|tr|rv|i|enc|pd|doorst|vs|vl|vb|fs|fv|ilt|i̇lt|yönl|trs|továbbítás|пересл|fwd|прп|πρθ|转发|轉寄|転送|전달"
)


def any_of(words: str) -> str:
    """A regular expression for any of the words parted by "|", the longest first."""
    return "|".join(sorted(map(re.escape, words.split("|")), key=len, reverse=True))


def every(name: str) -> str:
    """The same words of every language, parted by "|"."""
    return "|".join(dict.fromkeys("|".join(getattr(language, name) for language in LANGUAGES.values()).split("|")))


def wrote_pattern() -> str:
    spaced = "|".join(language.wrote for name, language in LANGUAGES.items() if name not in UNSPACED)
    unspaced = "|".join(LANGUAGES[name].wrote for name in UNSPACED)
    return rf"(?<!\w)(?:{any_of(spaced)})(?!\w)|{any_of(unspaced)}"
