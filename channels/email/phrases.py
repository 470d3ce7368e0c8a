"""What mail programs write around quoted text, in the languages our customers' programs speak.

Lower case throughout; the regular expressions made of them are compiled with IGNORECASE.
"""

WROTE = (
    "wrote|writes|schrieb|geschrieben|a écrit|a ecrit|escribió|escribio|ha scritto|scrive|schreef|escreveu|"
    r"napisał\(a\)|napisała|napisał|napsal\(a\)|napsala|napsal|napísal\(a\)|написал\(а\)|написала|написал|пишет|пише|"
    "pisze|skrev|kirjoitti|ezt írta|írta|şunu yazdı|yazdı|a scris|έγραψε|написа|je napisao|va escriure"
)
WROTE_UNSPACED = "写道|寫道|님이 작성|작성"
OPENERS = (
    "on|am|le|el|il|il giorno|op|em|no dia|a|w dniu|dnia|dne|den|på|ons|в|на|date|"
    "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|mie|jue|vie|sáb|sab|dom|gio|"
    "ma|wo|vr|za|zo|seg|ter|qua|qui|sex|pon|wt|śr|czw|pt|sob|niedz|nd|пн|вт|ср|чт|пт|сб|вс|po|út|st|čt|pá|ne|"
    "tors|tis|mån|lör|sön|ke|to|pe|la|su|ti"
)
LABELS = {
    "from": "from|von|de|da|van|od|от|från|fra|lähettäjä|kimden|feladó|差出人|发件人|寄件者|보낸 사람",
    "date": "sent|date|gesendet|datum|envoyé|envoyé le|fecha|enviado|enviado el|enviada em|enviado em|data|inviato|"
    "verzonden|wysłano|отправлено|дата|skickat|sendt|dato|lähetetty|odesláno|送信日時|发送时间|日付|보낸 날짜",
    "to": "to|an|à|a|para|aan|do|кому|till|til|vastaanottaja|komu|kime|宛先|收件人|받는 사람",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|тема|"
    "ämne|emne|aihe|předmět|konu|件名|主题|제목",
    "cc": "cc|kopie|copie|kopia|копия|bcc|reply-to|antwort an",
}
ORIGINAL = (
    "original message|original appointment|ursprüngliche nachricht|ursprungliche nachricht|original-nachricht|"
    "originalnachricht|originale nachricht|message d'origine|message d’origine|message original|message initial|"
    "mensaje original|messaggio originale|oorspronkelijk bericht|oorspronkelijke bericht|mensagem original|"
    "oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna|исходное сообщение|оригинальное сообщение|"
    "původní zpráva|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|"
    "eredeti üzenet|orijinal mesaj|reply message|quoted message|元のメッセージ|原始邮件|原始郵件|원본 메시지"
)
FORWARDED = (
    "forwarded message|forwarded by .{1,80}|weitergeleitete nachricht|message transféré|message réexpédié|"
    "mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|mensagem reencaminhada|"
    "przekazana wiadomość|wiadomość przekazana|пересылаемое сообщение|пересланное сообщение|vidarebefordrat meddelande|"
    "videresendt meddelelse|přeposlaná zpráva|転送メッセージ|转发的邮件"
)
BEGIN_FORWARDED = (
    "begin forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|"
    "début du message transféré|début du message réexpédié|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    "begin doorgestuurd bericht|início da mensagem reencaminhada|início da mensagem encaminhada|"
    "początek przekazywanej wiadomości|начало переадресованного сообщения"
)
DEVICES = (
    "i ?phone|i ?pad|i ?pod|android|mobile|mobil|handy|smartphone|telefon|téléphone|móvil|celular|"
    r"telefoon|samsung|galaxy|huawei|honor|xiaomi|redmi|pixel|blackberry|windows|outlook|nokia|oneplus|sony|xperia|"
    r"phone|tablet|mac|yahoo|proton|gmail|gmx|web\.de|t-online|mail|fairphone|motorola|lg|htc|nothing|айфона|телефона|"
    "мобильного"
)
DEVICE = rf"(?:\w+ ){{0,2}}(?:{DEVICES})\b.{{0,60}}"
MODEL = rf"{DEVICES}|\w*\d\w*|pro|plus|max|mini|ultra|lite|note|edge|mobiltelefon|mobilgerät|gerät|app"
DEVICE_ONLY = rf"(?:\w+ ){{0,2}}(?:{DEVICES})\b(?:[ -](?:{MODEL})\b){{0,6}}"  # whatever follows may be a sentence
MOBILE = (
    rf"sent (?:from|via|with|by|using) (?:my |the )?{DEVICE}",
    rf"diese nachricht wurde (?:von|mit) (?:meinem|meiner|mein) {DEVICE}",
    rf"gesendet (?:von|mit|über) (?:meinem |meiner |der )?{DEVICE}",
    rf"(?:von|mit) (?:meinem|meiner|mein) {DEVICE_ONLY}(?: (?:aus |mit .{{1,30}} )?(?:gesendet|geschickt)\W*)?",
    rf"(?:envoyé|envoyée) (?:de|depuis|à partir de|avec) (?:mon |ma |l'|l’)?{DEVICE}",
    rf"enviado (?:desde|de|do|pelo|a partir do|con|con el) (?:mi |meu |o )?{DEVICE}",
    rf"inviato (?:da|dal|con) (?:il |mio |il mio )?{DEVICE}",
    rf"(?:verzonden|verstuurd) (?:vanaf|via|met|van) (?:mijn |de )?{DEVICE}",
    rf"wysłane? (?:z|ze) (?:mojego |telefonu )?{DEVICE}",
    rf"(?:отправлено|послано) (?:с|со|из) (?:моего )?{DEVICE}",
    rf"(?:skickat|sendt|lähetetty|odesláno|odoslané) (?:från|fra|med|z|ze|mého) (?:min |mit |mi |mého )?{DEVICE}",
    r"(?:get|holen sie sich|téléchargez|obtener|obtén|ottieni|download|obter|pobierz|скачайте) "
    r"outlook (?:for|für|pour|para|per|voor|dla|для) \w+.{0,80}",
    r"outlook für (?:ios|android) (?:beziehen|herunterladen).{0,80}",
)
REPLY_ABOVE = (
    "please type your reply above this line|reply above this line|write above this line|"
    "bitte antworten sie oberhalb dieser linie|antwort bitte über dieser zeile|répondez au-dessus de cette ligne"
)
