"""Kind 7, words folded away: what mail programs and webmailers write above a quote, and prose that only looks so."""

import pytest

from tests.cases.neighbours.mails import inspected, mail

NEIGHBOURS = {  # program: (its mail, what is new in it)
    "interia": (
        'Tak\n\nTemat: Zamówienie\nData: 2026-03-04 9:15\nNadawca: "Shop" &lt;support@shop.example&gt;\n'
        "Adresat: ada@kunde.example; \n\nCześć",
        "Tak",
    ),
    "zendesk, German": ("Ja\n\n##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##\nHallo", "Ja"),
    "zendesk, French": ("Oui\n\n##- Veuillez saisir votre réponse au-dessus de cette ligne -##\nBonjour", "Oui"),
    "mailru": (
        "Спасибо, получил.\n\n"
        "Среда, 4 марта 2026, 9:15 +03:00 от Shop <support@shop.example>:\n"
        "> Добрый день\n> Ваш заказ",
        "Спасибо, получил.",
    ),
    "mailru no >": (
        "Спасибо, получил.\n\n\n"
        "Среда, 4 марта 2026, 9:15 +03:00 от Shop <support@shop.example>:\n \n"
        "Добрый день\nВаш заказ",
        "Спасибо, получил.",
    ),
    "yandex": (
        'Да, подходит.\n\n04.03.2026, 09:15, "Shop" <support@shop.example>:\n> Добрый день',
        "Да, подходит.",
    ),
    "yandex2": (
        "Да.\n \n04.03.2026, 09:15, Shop Support (support@shop.example):\nДобрый день\n",
        "Да.",
    ),
    "zoho": (
        "Thanks\n\n\n---- On Wed, 04 Mar 2026 09:15:00 +0100 Shop <support@shop.example> wrote ---\n\nDear Ada",
        "Thanks",
    ),
    "zoho2": (
        "Thanks\n\n\nSent using Zoho Mail\n\n\n"
        "---- On Wed, 04 Mar 2026 09:15:00 +0100 support@shop.example wrote ----\n"
        "> Dear Ada",
        "Thanks",
    ),
    "gmail de": (
        "Passt.\n\nAm Mi., 4. März 2026 um 09:15 Uhr schrieb Shop <\nsupport@shop.example>:\n\n> Hallo",
        "Passt.",
    ),
    "gmail fr": (
        "Merci\n\nLe mer. 4 mars 2026 à 09:15, Shop <support@shop.example> a écrit :\n\n> Bonjour",
        "Merci",
    ),
    "gmail hu": (
        "Köszönöm\n\nShop <support@shop.example> ezt írta (időpont: 2026. márc. 4., Sze, 9:15):\n\n> Kedves",
        "Köszönöm",
    ),
    "gmail es": (
        "Gracias\n\nEl mié, 4 mar 2026 a las 9:15, Shop (<support@shop.example>) escribió:\n\n> Hola",
        "Gracias",
    ),
    "gmail it": (
        "Grazie\n\nIl giorno mer 4 mar 2026 alle ore 09:15 Shop <support@shop.example> ha\nscritto:\n\n> Ciao",
        "Grazie",
    ),
    "gmail nl": (
        "Bedankt\n\nOp wo 4 mrt 2026 om 09:15 schreef Shop <support@shop.example>:\n\n> Hoi",
        "Bedankt",
    ),
    "gmail pl": (
        "Dzięki\n\nśr., 4 mar 2026 o 09:15 Shop <support@shop.example> napisał(a):\n\n> Dzień dobry",
        "Dzięki",
    ),
    "gmail pt": (
        "Obrigado\n\nEm qua., 4 de mar. de 2026 às 09:15, Shop <support@shop.example>\nescreveu:\n\n> Olá",
        "Obrigado",
    ),
    "gmail ja": (
        "了解です\n\n2026年3月4日(水) 9:15 Shop <support@shop.example>:\n\n> こんにちは",
        "了解です",
    ),
    "gmail ko": (
        "감사합니다\n\n2026년 3월 4일 (수) 오전 9:15, Shop <support@shop.example>님이 작성:\n\n> 안녕",
        "감사합니다",
    ),
    "gmail zh": (
        "好的\n\nShop <support@shop.example> 于2026年3月4日周三 09:15写道：\n\n> 你好",
        "好的",
    ),
    "gmail zh-tw": (
        "好\n\nShop <support@shop.example> 於 2026年3月4日 週三 上午9:15寫道：\n\n> 你好",
        "好",
    ),
    "gmail tr": (
        "Tamam\n\nShop <support@shop.example>, 4 Mar 2026 Çar, 09:15 tarihinde şunu yazdı:\n\n> Merhaba",
        "Tamam",
    ),
    "gmail cs": (
        "Díky\n\nst 4. 3. 2026 v 9:15 odesílatel Shop <support@shop.example> napsal:\n\n> Dobrý den",
        "Díky",
    ),
    "gmail sv": (
        "Tack\n\nDen ons 4 mars 2026 kl 09:15 skrev Shop <support@shop.example>:\n\n> Hej",
        "Tack",
    ),
    "gmail da": (
        "Tak\n\nDen ons. 4. mar. 2026 kl. 09.15 skrev Shop <support@shop.example>:\n\n> Hej",
        "Tak",
    ),
    "gmail no": (
        "Takk\n\nons. 4. mars 2026 kl. 09:15 skrev Shop <support@shop.example>:\n\n> Hei",
        "Takk",
    ),
    "gmail fi": (
        "Kiitos\n\nke 4. maalisk. 2026 klo 9.15 Shop (support@shop.example) kirjoitti:\n\n> Hei",
        "Kiitos",
    ),
    "gmail ro": (
        "Mersi\n\nÎn mie., 4 mar. 2026 la 09:15, Shop <support@shop.example> a scris:\n\n> Salut",
        "Mersi",
    ),
    "gmail el": (
        "Ευχαριστώ\n\nΣτις Τετ 4 Μαρ 2026 στις 9:15 π.μ., ο/η Shop <support@shop.example> έγραψε:\n\n> Γεια",
        "Ευχαριστώ",
    ),
    "gmail uk": (
        "Дякую\n\nср, 4 бер. 2026 р. о 09:15 Shop <support@shop.example> пише:\n\n> Вітаю",
        "Дякую",
    ),
    "gmail ru": (
        "Спасибо\n\nср, 4 мар. 2026 г. в 09:15, Shop <support@shop.example>:\n\n> Привет",
        "Спасибо",
    ),
    "gmail vi": (
        "Cảm ơn\n\nVào Th 4, 4 thg 3, 2026 vào lúc 09:15 Shop <support@shop.example> đã viết:\n\n> Chào",
        "Cảm ơn",
    ),
    "gmail id": (
        "Terima kasih\n\nPada Rab, 4 Mar 2026 pukul 09.15 Shop <support@shop.example> menulis:\n\n> Halo",
        "Terima kasih",
    ),
    "gmail th": (
        "ขอบคุณ\n\nในวันที่ พ. 4 มี.ค. 2026 เวลา 09:15 Shop <support@shop.example> เขียนว่า:\n\n> สวัสดี",
        "ขอบคุณ",
    ),
    "gmail ar": (
        "شكرا\n\n"
        "في الأربعاء، ٤ مارس ٢٠٢٦ في ٩:١٥ ص تمت كتابة ما يلي بواسطة Shop "
        "<\u200esupport@shop.example\u200f>:\n\n> مرحبا",
        "شكرا",
    ),
    "gmail he": (
        "תודה\n\n"
        "\u202bבתאריך יום ד׳, 4 במרץ 2026 ב-9:15 מאת \u202aShop\u202c\u200f "
        "<\u202asupport@shop.example\u202c\u200f>:\u202c\n\n> שלום",
        "תודה",
    ),
    "gmail hr": (
        "Hvala\n\nsri, 4. ožu 2026. u 09:15 Shop <support@shop.example> napisao je:\n\n> Bok",
        "Hvala",
    ),
    "gmail sl": (
        "Hvala\n\nV sre., 4. mar. 2026 ob 09:15 je oseba Shop <support@shop.example> napisala:\n\n> Pozdrav",
        "Hvala",
    ),
    "gmail sk": (
        "Vďaka\n\nst 4. 3. 2026 o 9:15 Shop <support@shop.example> napísal(a):\n\n> Dobrý",
        "Vďaka",
    ),
    "gmail bg": (
        "Благодаря\n\nНа ср, 4.03.2026 г. в 9:15 Shop <support@shop.example> написа:\n\n> Здр",
        "Благодаря",
    ),
    "gmail lt": (
        "Ačiū\n\n2026-03-04, tr, 09:15 Shop <support@shop.example> rašė:\n\n> Labas",
        "Ačiū",
    ),
    "gmail lv": (
        "Paldies\n\n"
        "Trešd., 2026. g. 4. marts, plkst. 09:15 \u2014 lietotājs Shop (<support@shop.example>) rakstīja:\n"
        "\n> Sveiki",
        "Paldies",
    ),
    "gmail et": (
        "Aitäh\n\nKontakt Shop (<support@shop.example>) kirjutas kuupäeval K, 4. märts 2026 kell 09:15:\n\n> Tere",
        "Aitäh",
    ),
    "apple de": (
        "Danke!\n\nVon meinem iPhone gesendet\n\n"
        "> Am 04.03.2026 um 09:15 schrieb Shop <support@shop.example>:\n> \n> \ufeffHallo",
        "Danke!",
    ),
    "apple en": (
        "Ok!\n\nSent from my iPhone\n\n> On 4 Mar 2026, at 09:15, Shop <support@shop.example> wrote:\n> \n> Hello",
        "Ok!",
    ),
    "apple fr": (
        "Ok!\n\nEnvoyé de mon iPhone\n\n> Le 4 mars 2026 à 09:15, Shop <support@shop.example> a écrit :\n> \n> Bonjour",
        "Ok!",
    ),
    "apple ja": (
        "はい\n\niPhoneから送信\n\n> 2026/03/04 9:15、Shop <support@shop.example>のメール:\n> \n> こんにちは",
        "はい",
    ),
    "apple zh": (
        "好\n\n发自我的iPhone\n\n> 在 2026年3月4日，09:15，Shop <support@shop.example> 写道：\n> \n> 你好",
        "好",
    ),
    "apple nl": (
        "Ok\n\nVerstuurd vanaf mijn iPhone\n\n"
        "> Op 4 mrt 2026 om 09:15 heeft Shop <support@shop.example> het volgende geschreven:\n"
        "> \n> Hoi",
        "Ok",
    ),
    "apple it": (
        "Ok\n\nInviato da iPhone\n\n"
        "> Il giorno 4 mar 2026, alle ore 09:15, Shop <support@shop.example> ha scritto:\n"
        "> \n> Ciao",
        "Ok",
    ),
    "apple hu": (
        "Ok\n\nKüldve az iPhone-omról\n\n"
        "> 2026. márc. 4. dátummal, 9:15 időpontban Shop <support@shop.example> írta:\n"
        "> \n> Szia",
        "Ok",
    ),
    "apple pl": (
        "Ok\n\nWysłane z iPhone'a\n\n"
        "> Wiadomość napisana przez Shop <support@shop.example> w dniu 04.03.2026, o godz. 09:15:\n"
        "> \n> Cześć",
        "Ok",
    ),
    "apple ru": (
        "Ок\n\nОтправлено с iPhone\n\n"
        "> 4 марта 2026 г., в 09:15, Shop <support@shop.example> написал(а):\n> \n"
        "> Привет",
        "Ок",
    ),
    "apple ko": (
        "네\n\n나의 iPhone에서 보냄\n\n> 2026. 3. 4. 오전 9:15, Shop <support@shop.example> 작성:\n> \n> 안녕",
        "네",
    ),
    "tb de": (
        "Gut.\n\nAm 04.03.26 um 09:15 schrieb Shop:\n> Hallo\n> wie",
        "Gut.",
    ),
    "tb hu": (
        "Jó.\n\n2026. 03. 04. 9:15 keltezéssel, Shop írta:\n> Szia",
        "Jó.",
    ),
    "tb cs": (
        "Dobře.\n\nDne 04. 03. 26 v 9:15 Shop napsal(a):\n> Ahoj",
        "Dobře.",
    ),
    "tb ru": (
        "Ок.\n\n04.03.2026 9:15, Shop пишет:\n> Привет",
        "Ок.",
    ),
    "tb ja": (
        "はい。\n\nOn 2026/03/04 9:15, Shop wrote:\n> こんにちは",
        "はい。",
    ),
    "gmx": (
        "Ja bitte.\n\n\nGesendet: Mittwoch, 04. März 2026 um 09:15 Uhr\n"
        'Von: "Shop" <support@shop.example>\nAn: ada@kunde.example\n'
        "Betreff: Bestellung\n\nHallo",
        "Ja bitte.",
    ),
    "gmx fr": (
        "Oui.\n\nEnvoyé: mercredi 4 mars 2026 à 09:15\nDe: Shop <support@shop.example>\n"
        "À: ada@kunde.example\nObjet: Commande\n\nBonjour",
        "Oui.",
    ),
    "orange": (
        "Oui merci\n\n> Message du 04/03/26 09:15\n"
        '> De : "Shop" <support@shop.example>\n> A : ada@kunde.example\n> Copie à : \n'
        "> Objet : Commande\n>\n> Bonjour",
        "Oui merci",
    ),
    "laposte": (
        "Oui\n\nEnvoyé depuis l'application Mail Orange\n\n"
        "Le 04/03/2026 à 09:15, Shop <support@shop.example> a écrit :\nBonjour",
        "Oui",
    ),
    "free zimbra": (
        'Oui\n\nDe: "Shop" <support@shop.example>\nÀ: "Ada" <ada@kunde.example>\n'
        "Envoyé: Mercredi 4 Mars 2026 09:15:00\nObjet: Commande\n\nBonjour",
        "Oui",
    ),
    "zimbra en": (
        'Yes\n\n----- Original Message -----\nFrom: "Shop" <support@shop.example>\n'
        'To: "Ada" <ada@kunde.example>\nSent: Wednesday, March 4, 2026 9:15:00 AM\n'
        "Subject: Order\n\nHello",
        "Yes",
    ),
    "tonline": (
        "Danke\n\n-----Original-Nachricht-----\nBetreff: Bestellung\n"
        'Datum: 2026-03-04T09:15:00+0100\nVon: "Shop" <support@shop.example>\n'
        'An: "ada@kunde.example" <ada@kunde.example>\n\nHallo',
        "Danke",
    ),
    "webde mobil": (
        "Danke\n--\n"
        "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.\n"
        "Am 04.03.26, 09:15 schrieb Shop <support@shop.example>:\n\nHallo",
        "Danke",
    ),
    "gmx app": (
        "Danke\n-- \n"
        "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.\n"
        "Am 04.03.26, 09:15, Shop <support@shop.example> schrieb:\n\nHallo",
        "Danke",
    ),
    "freenet": (
        "Danke\n\n--- Ursprüngliche Nachricht ---\nVon: Shop <support@shop.example>\n"
        "Gesendet: 04.03.2026 - 09:15\nAn: ada@kunde.example\nBetreff: Bestellung\n\n"
        "Hallo",
        "Danke",
    ),
    "outlook mobile de": (
        "Danke\n\nOutlook für Android<https://aka.ms/AAb9ysg> herunterladen\n"
        "________________________________\nVon: Shop <support@shop.example>\n"
        "Gesendet: Mittwoch, 4. März 2026 09:15:00\nAn: Ada <ada@kunde.example>\n"
        "Betreff: Bestellung\n\nHallo",
        "Danke",
    ),
    "outlook mobile en": (
        "Thanks\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"
        "________________________________\nFrom: Shop <support@shop.example>\n"
        "Sent: Wednesday, March 4, 2026 9:15:00 AM\nTo: Ada <ada@kunde.example>\n"
        "Subject: Order\n\nHello",
        "Thanks",
    ),
    "outlook ja": (
        "了解\n\nFrom: Shop <support@shop.example>\n"
        "Sent: Wednesday, March 4, 2026 9:15 AM\nTo: 'Ada' <ada@kunde.example>\n"
        "Subject: RE: 注文\n\nこんにちは",
        "了解",
    ),
    "outlook zh": (
        "好\n\n发件人: Shop <support@shop.example>\n发送时间: 2026年3月4日 9:15\n"
        "收件人: Ada <ada@kunde.example>\n主题: 订单\n\n你好",
        "好",
    ),
    "foxmail": (
        "好\n\n\n\nada@kunde.example\n \n发件人： Shop\n发送时间： 2026-03-04 09:15\n收件人： ada\n主题： 订单\n你好",
        "好\n\nada@kunde.example",
    ),
    "qq2": (
        "好\n\n\n------------------ 原始邮件 ------------------\n"
        '发件人:                              "Shop"                              <support@shop.example>;\n'
        '发送时间: 2026年3月4日(星期三) 上午9:15\n收件人: "ada"<ada@kunde.example>;\n主题: 订单\n\n你好',
        "好",
    ),
    "163": (
        '好\n\n\n\n\n\n\n在 2026-03-04 09:15:00，"Shop" <support@shop.example> 写道：\n\n你好',
        "好",
    ),
    "163b": (
        "好\n\n\n---- 回复的原邮件 ----\n| 发件人 | Shop<support@shop.example> |\n"
        "| 发送日期 | 2026年03月04日 09:15 |\n| 收件人 | ada<ada@kunde.example> |\n| 主题 | 订单 |\n你好",
        "好",
    ),
    "naver": (
        '네\n\n-----Original Message-----\nFrom: "Shop"<support@shop.example>\n'
        'To: "ada"<ada@kunde.example>;\nCc:\n'
        "Sent: 2026-03-04 (수) 09:15:00 (GMT+09:00)\nSubject: 주문\n\n안녕",
        "네",
    ),
    "daum": (
        "네\n\n--------- 원본 메일 ---------\n보낸사람: Shop <support@shop.example>\n"
        "받는사람 : ada@kunde.example\n날짜: 2026년 3월 04일 수요일, 09시 15분 00초 +0900\n제목: 주문\n\n안녕",
        "네",
    ),
    "yahoo jp": (
        "はい\n\n\n----- Original Message -----\nFrom: Shop <support@shop.example>\n"
        "To: ada@kunde.example\nDate: 2026/3/4, Wed 09:15\nSubject: 注文\n\nこんにちは",
        "はい",
    ),
    "yahoo": (
        "Yes\n\n    On Wednesday, March 4, 2026 at 09:15:00 AM GMT+1, Shop <support@shop.example> wrote:  \n \n Hello",
        "Yes",
    ),
    "yahoo de": (
        "Ja\n\n"
        "    Am Mittwoch, 4. März 2026 um 09:15:00 MEZ hat Shop <support@shop.example> Folgendes "
        "geschrieben:  \n \n Hallo",
        "Ja",
    ),
    "yahoo fr": (
        "Oui\n\n    Le mercredi 4 mars 2026 à 09:15:00 UTC+1, Shop <support@shop.example> a écrit :  \n \n Bonjour",
        "Oui",
    ),
    "proton": (
        "Yes\n\nSent with Proton Mail secure email.\n\n"
        "On Wednesday, March 4th, 2026 at 9:15 AM, Shop <support@shop.example> wrote:\n\n"
        "> Hello",
        "Yes",
    ),
    "proton de": (
        "Ja\n\nVon Proton Mail gesendet\n\n"
        "Am Mittwoch, 4. März 2026 um 09:15, Shop <support@shop.example> schrieb:\n\n"
        "> Hallo",
        "Ja",
    ),
    "tuta": (
        "Yes\n\n\n-- \nSecured with Tuta Mail:\nhttps://tuta.com/free-email\n\n\n"
        "4 Mar 2026, 09:15 by support@shop.example:\n\n> Hello",
        "Yes",
    ),
    "fastmail": (
        "Yes\n\nOn Wed, 4 Mar 2026, at 9:15 AM, Shop wrote:\n> Hello",
        "Yes",
    ),
    "posteo rc": (
        "Ja\n\nAm 04.03.2026 09:15 schrieb Shop:\n\n> Hallo",
        "Ja",
    ),
    "roundcube pl": (
        "Tak\n\nDnia 4 marca 2026 09:15 Shop <support@shop.example> napisał(a):\n\n> Cześć",
        "Tak",
    ),
    "wp.pl": (
        "Tak\n\nDnia 4 marca 2026 09:15 Shop &lt;support@shop.example&gt; napisał(a):\n\nCześć",
        "Tak",
    ),
    "onet": (
        "Tak\n\nUżytkownik Shop <support@shop.example> napisał:\n> Cześć",
        "Tak",
    ),
    "seznam": (
        "Ano\n\n---------- Původní e-mail ----------\nOd: Shop <support@shop.example>\n"
        "Komu: ada@kunde.example\nDatum: 4. 3. 2026 9:15:00\nPředmět: Objednávka\n"
        "Dobrý den",
        "Ano",
    ),
    "freemail hu": (
        "Igen\n\nFeladó: Shop <support@shop.example>\nDátum: 2026 március 4 09:15:00\n"
        "Tárgy: Rendelés\nCímzett: ada@kunde.example\n\nSzia",
        "Igen",
    ),
    "citromail": (
        'Igen\n\n----- Eredeti üzenet -----\nFeladó: "Shop" <support@shop.example>\n'
        'Címzett: "Ada" <ada@kunde.example>\n'
        "Elküldve: Szerda, 2026. Március 4. 9:15:00\nTárgy: Rendelés\n\nSzia",
        "Igen",
    ),
    "libero": (
        "Si\n\n\n\nIl 4 marzo 2026 alle 9.15 Shop <support@shop.example> ha scritto:\n\nCiao",
        "Si",
    ),
    "libero2": (
        "Si\n\n----Messaggio originale----\nDa: support@shop.example\n"
        "Data: 4-mar-2026 9.15\nA: <ada@kunde.example>\nOgg: Ordine\n\nCiao",
        "Si",
    ),
    "uol": (
        'Sim\n\n\nDe: "Shop" <support@shop.example>\nEnviada: 2026/03/04 09:15:00\n'
        "Para: ada@kunde.example\nAssunto: Pedido\n\nOlá",
        "Sim",
    ),
    "lotus": (
        "Yes\n\n\n\nFrom:\tShop <support@shop.example>\nTo:\tada@kunde.example\n"
        "Date:\t04.03.2026 09:15\nSubject:\tOrder\n\n\n\nHello",
        "Yes",
    ),
    "lotus de": (
        "Ja\n\n\n\nVon:    Shop <support@shop.example>\nAn:     ada@kunde.example\n"
        "Datum:  04.03.2026 09:15\nBetreff:        Bestellung\n\n\n\nHallo",
        "Ja",
    ),
    "groupwise": (
        "Yes\n\n>>> Shop <support@shop.example> 3/4/2026 9:15 AM >>>\nHello",
        "Yes",
    ),
    "groupwise2": (
        'Ja\n\n>>> "Shop" <support@shop.example> 04.03.2026 09:15 >>>\nHallo\nWie geht es',
        "Ja",
    ),
    "thebat": (
        "Hello Shop,\n\nYes.\n\nWednesday, March 4, 2026, 9:15:00 AM, you wrote:\n\n> Hello",
        "Hello Shop,\n\nYes.",
    ),
    "thebat ru": (
        "Да.\n\nСреда, 4 марта 2026 г., 9:15:00, Вы писали:\n\n> Привет",
        "Да.",
    ),
    "becky": (
        "はい。\n\nOn Wed, 4 Mar 2026 09:15:00 +0900\nShop <support@shop.example> wrote:\n\n> こんにちは",
        "はい。",
    ),
    "spark": (
        "Yes\nOn Mar 4, 2026 at 9:15 AM +0100, Shop <support@shop.example>, wrote:\n> Hello",
        "Yes",
    ),
    "spark de": (
        "Ja\nAm 4. März 2026, 09:15 +0100 schrieb Shop <support@shop.example>:\n> Hallo",
        "Ja",
    ),
    "bluemail": (
        'Ja\n\nGesendet mit BlueMail\n\nAm 4. März 2026, um 09:15, "Shop" <support@shop.example> schrieb:\n\nHallo',
        "Ja",
    ),
    "bluemail2": (
        "Yes\n\nGet BlueMail for Android\n\nOn Mar 4, 2026, at 09:15, Shop <support@shop.example> wrote:\n\nHello",
        "Yes",
    ),
    "k9": (
        "Ja\n\nAm 4. März 2026 09:15:00 MEZ schrieb Shop <support@shop.example>:\n"
        ">Hallo\n\n-- \n"
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Ja",
    ),
    "samsung": (
        "Ja\n\n\nVon meinem/meiner Galaxy gesendet\n\n\n"
        "-------- Ursprüngliche Nachricht --------\nVon: Shop <support@shop.example>\n"
        "Datum: 04.03.26 09:15 (GMT+01:00)\nAn: ada@kunde.example\nBetreff: Bestellung\n"
        "\nHallo",
        "Ja",
    ),
    "samsung fr": (
        "Oui\n\n\nEnvoyé depuis mon appareil Galaxy\n\n\n"
        "-------- Message d'origine --------\nDe : Shop <support@shop.example>\n"
        "Date : 04/03/2026 09:15 (GMT+01:00)\nÀ : ada@kunde.example\nObjet : Commande\n\n"
        "Bonjour",
        "Oui",
    ),
    "samsung it": (
        "Si\n\n\nInviato dal mio Galaxy\n\n\n-------- Messaggio originale --------\n"
        "Da: Shop <support@shop.example>\nData: 04/03/26 09:15 (GMT+01:00)\n"
        "A: ada@kunde.example\nOggetto: Ordine\n\nCiao",
        "Si",
    ),
    "samsung es": (
        "Sí\n\n\nEnviado desde mi Galaxy\n\n\n-------- Mensaje original --------\n"
        "De: Shop <support@shop.example>\nFecha: 4/3/26 9:15 (GMT+01:00)\n"
        "A: ada@kunde.example\nAsunto: Pedido\n\nHola",
        "Sí",
    ),
    "samsung pl": (
        "Tak\n\n\nWysłane z telefonu Galaxy\n\n\n-------- Oryginalna wiadomość --------\n"
        "Od: Shop <support@shop.example>\nData: 04.03.2026 09:15 (GMT+01:00)\n"
        "Do: ada@kunde.example\nTemat: Zamówienie\n\nCześć",
        "Tak",
    ),
    "samsung ru": (
        "Да\n\n\nОтправлено с устройства Galaxy\n\n\n"
        "-------- Исходное сообщение --------\nОт: Shop <support@shop.example>\n"
        "Дата: 04.03.26 09:15 (GMT+03:00)\nКому: ada@kunde.example\nТема: Заказ\n\nПривет",
        "Да",
    ),
    "huawei": (
        "Ja\n\nVon meinem Huawei-Mobiltelefon gesendet\n\n\n"
        "-------- Originalnachricht --------\nVon: Shop <support@shop.example>\n"
        "Datum: Mi., 4. März 2026, 09:15\nAn: ada@kunde.example\nBetreff: Bestellung\n"
        "Hallo",
        "Ja",
    ),
    "xiaomi": (
        "Yes\n\nSent from my Xiaomi\nOn Shop <support@shop.example>, Mar 4, 2026 9:15 AM wrote:\nHello",
        "Yes",
    ),
    "htc": (
        'Yes\n\n----- Reply message -----\nFrom: "Shop" <support@shop.example>\n'
        'To: "ada@kunde.example" <ada@kunde.example>\nSubject: Order\n'
        "Date: Wed, Mar 4, 2026 9:15 am\n\nHello",
        "Yes",
    ),
    "otrs": (
        "Ja\n\n04.03.2026 09:15 - Shop schrieb:\n\n> Hallo",
        "Ja",
    ),
    "zendesk above": (
        "Yes please\n\n##- Please type your reply above this line -##\n\nHello",
        "Yes please",
    ),
    "zammad": (
        "Ja\n\nAm Mittwoch, 4. März 2026 um 09:15:00, schrieb Shop <support@shop.example>:\n\n> Hallo",
        "Ja",
    ),
    "superhuman": (
        "Yes\n\nSent via Superhuman ( https://sprh.mn/?vip=ada@kunde.example )\n\n"
        "On Wed, Mar 04, 2026 at 9:15 AM, Shop < support@shop.example > wrote:\n\n> \n"
        "> Hello",
        "Yes",
    ),
    "edison": (
        "Yes\n\nSent from Edison Mail\nOn Mar 4, 2026 at 9:15 AM, Shop <support@shop.example> wrote:\nHello",
        "Yes",
    ),
    "emclient": (
        'Ja\n\n------ Originalnachricht ------\nVon "Shop" <support@shop.example>\n'
        'An "Ada" <ada@kunde.example>\nDatum 04.03.2026 09:15:00\nBetreff Bestellung\n'
        "\n>Hallo",
        "Ja",
    ),
    "emclient en": (
        'Yes\n\n------ Original Message ------\nFrom "Shop" <support@shop.example>\n'
        'To "Ada" <ada@kunde.example>\nDate 04/03/2026 09:15:00\nSubject Order\n\n'
        ">Hello",
        "Yes",
    ),
    "mailbird": (
        "Yes\nOn 04/03/2026 09:15:00, Shop <support@shop.example> wrote:\nHello",
        "Yes",
    ),
    "evolution": (
        "Yes\n\nOn Wed, 2026-03-04 at 09:15 +0100, Shop wrote:\n> Hello",
        "Yes",
    ),
    "evolution de": (
        "Ja\n\nAm Mittwoch, dem 04.03.2026 um 09:15 +0100 schrieb Shop:\n> Hallo",
        "Ja",
    ),
    "kmail de": (
        "Ja\n\nAm Mittwoch, 4. März 2026, 09:15:00 CET schrieb Shop:\n> Hallo",
        "Ja",
    ),
    "mutt": (
        "Yes\n\n* Shop <support@shop.example> [2026-03-04 09:15]:\n> Hello",
        "Yes",
    ),
    "mutt without an address": (
        "Yes\n\n* Shop Support [2026-03-04 09:15:12 +0100]:\n> Hello",
        "Yes",
    ),
    "mutt, a starred attribution": (
        "Yes\n\n* On Wed, Mar 04, 2026 at 09:15:00AM +0100, Shop wrote:\n> Hello",
        "Yes",
    ),
    "sup": (
        "Yes\n\nExcerpts from Shop Support's message of Wed Mar 04 09:15:00 +0100 2026:\n> Hello",
        "Yes",
    ),
    "blackberry hub": (
        "Ja\n\n  Original Message  \nFrom: Shop\nSent: Wednesday, March 4, 2026 9:15 AM\nTo: Ada\nSubject: Order\n\nHi",
        "Ja",
    ),
    "the bat, russian": ("Да.\n\nВы писали 4 марта 2026 г., 9:15:00:\n\n> Привет", "Да."),
    "chatwoot": ("Yes\n\n--- Please reply above this line ---\n\nHello", "Yes"),
    "osticket": ("Yes\n\n-- reply above this line -- (#123)\n\nHello", "Yes"),
    "jira": ("Yes\n\n—-—-—-—\nReply above this line.\n\nBob commented:\nHello", "Yes"),
    "freescout, German": ("Ja\n\n-- Bitte antworten Sie oberhalb dieser Zeile --\n\nHallo", "Ja"),
    "verse": (
        'Yes\n\n"Shop Support" ---03/04/2026 09:15:12 AM---Hello\n\nFrom: "Shop Support" <support@shop.example>\n'
        "To: <ada@kunde.example>\nDate: 03/04/2026 09:15 AM\nSubject: Order\n\nHello",
        "Yes",
    ),
    "centrum.cz": (
        'Ano\n\n____________________________________\n> Od: "Shop" <support@shop.example>\n'
        "> Komu: <ada@kunde.example>\n> Datum: 04.03.2026 09:15\n> Předmět: Objednávka\n>\nDobrý den",
        "Ano",
    ),
    "ukr.net, headers": (
        'Так\n\n--- Оригінальне повідомлення ---\nВід кого: "Shop" <support@shop.example>\n'
        "Дата: 4 березня 2026, 09:15:00\n\nДобрий день",
        "Так",
    ),
    "a colleague of whom it goes to": (
        'Да.\n04.03.2026, 09:15, "Olga" <olga@shop.example>:\nДобрый день\n'
        '03.03.2026, 18:00, "Ada" <ada@kunde.example>:\nЗдравствуйте',
        "Да.",
    ),
    "an app's line above its link": (
        "Ja\n\nGesendet mit der Telekom Mail App\n<https://dienste.example/redirects/email_app_footer>",
        "Ja",
    ),
    "claws": (
        "Yes\n\nOn Wed, 4 Mar 2026 09:15:00 +0100\nShop <support@shop.example> wrote:\n\n> Hello",
        "Yes",
    ),
    "opera": (
        "Yes\n\nOn Wed, 04 Mar 2026 09:15:00 +0100, Shop <support@shop.example> wrote:\n\n> Hello",
        "Yes",
    ),
    "web owa de": (
        "Ja\n\n________________________________________\n"
        "Von: Shop [support@shop.example]\nGesendet: Mittwoch, 4. März 2026 09:15\n"
        "An: ada\nBetreff: Bestellung\n\nHallo",
        "Ja",
    ),
    "outlook bold": (
        "Ja\n\n*Von:* Shop <support@shop.example>\n"
        "*Gesendet:* Mittwoch, 4. März 2026 09:15\n*An:* ada@kunde.example\n"
        "*Betreff:* Bestellung\n\nHallo",
        "Ja",
    ),
    "outlook bold2": (
        "Ja\n\n**Von:** Shop <support@shop.example>\n"
        "**Gesendet:** Mittwoch, 4. März 2026 09:15\n**An:** ada@kunde.example\n"
        "**Betreff:** Bestellung\n\nHallo",
        "Ja",
    ),
    "outlook sv": (
        "Ja\n\nFrån: Shop <support@shop.example>\nSkickat: den 4 mars 2026 09:15\n"
        "Till: ada@kunde.example\nÄmne: Order\n\nHej",
        "Ja",
    ),
    "outlook fi": (
        "Joo\n\nLähettäjä: Shop <support@shop.example> \n"
        "Lähetetty: keskiviikko 4. maaliskuuta 2026 9.15\n"
        "Vastaanottaja: ada@kunde.example\nAihe: Tilaus\n\nHei",
        "Joo",
    ),
    "outlook tr": (
        "Evet\n\nKimden: Shop <support@shop.example>\n"
        "Gönderildi: 4 Mart 2026 Çarşamba 09:15\nKime: ada@kunde.example\nKonu: Sipariş\n"
        "\nMerhaba",
        "Evet",
    ),
    "outlook hu": (
        "Igen\n\nFeladó: Shop <support@shop.example> \n"
        "Elküldve: 2026. március 4., szerda 9:15\nCímzett: ada@kunde.example\n"
        "Tárgy: Rendelés\n\nSzia",
        "Igen",
    ),
    "outlook el": (
        "Ναι\n\nΑπό: Shop <support@shop.example>\n"
        "Στάλθηκε: Τετάρτη, 4 Μαρτίου 2026 9:15 πμ\nΠρος: ada@kunde.example\n"
        "Θέμα: Παραγγελία\n\nΓεια",
        "Ναι",
    ),
    "outlook ar": (
        "نعم\n\nمن: Shop <support@shop.example>\n"
        "تم الإرسال: الأربعاء، 4 مارس 2026 9:15 ص\nإلى: ada@kunde.example\nالموضوع: طلب\n"
        "\nمرحبا",
        "نعم",
    ),
    "outlook th": (
        "ได้\n\nจาก: Shop <support@shop.example>\nส่ง: วันพุธที่ 4 มีนาคม 2026 9:15\n"
        "ถึง: ada@kunde.example\nเรื่อง: คำสั่งซื้อ\n\nสวัสดี",
        "ได้",
    ),
    "outlook vi": (
        "Vâng\n\nTừ: Shop <support@shop.example>\n"
        "Đã gửi: Thứ Tư, 4 tháng 3, 2026 9:15 SA\nTới: ada@kunde.example\n"
        "Chủ đề: Đơn hàng\n\nChào",
        "Vâng",
    ),
}
KEPT = {  # words of the customer's own, every line of them
    "prose wrote": ("Hello,\nmy wife wrote on Monday, March 2 at 9:15:\nplease send the invoice.\nNobody answered."),
    "list >": ("Which ones?\n> 5 pieces are too many\n> 3 would do\nThanks"),
    "form de": (
        "Name: Nora Neu\nE-Mail: nora@kunde.example\nBetreff: Rückfrage\n"
        "Datum: 04.03.2026 09:15\nNachricht:\nIch brauche Hilfe"
    ),
    "form en": ("From: Nora Neu <nora@kunde.example>\nSubject: Question\n\nMessage Body:\nI need help"),
    "booking": ("Von: Berlin\nNach: Hamburg\nDatum: 04.03.2026 09:15\nAnzahl: 2\nBitte buchen."),
    "am ... um": (
        "Guten Tag,\n"
        "am Mittwoch, 4. März 2026 um 09:15 schrieb ich Ihnen an support@shop.example:\n"
        "bitte stornieren.\nDanke"
    ),
    "mail exchange prose": (
        "Hi, I got a mail from support@shop.example on 4 March 2026 at 9:15 which said:\n"
        "your order is late.\nIs it true?"
    ),
    "dash list": ("We need:\n-- two chairs\n-- one table\nThanks"),
    "three dash": ("Line one\n---\nLine two, important: please call"),
    "quote of poem": ("She said:\n> wrote nothing\nand left. Please help with order 5."),
    "a colleague of ours": (
        "Guten Tag,\n\nIhr Kollege schrieb am 4.3.2026 um 09:15 (support@shop.example):\nWir erstatten.\nNichts kam."
    ),
    "a colleague of ours by name": (
        "Hello,\n\nOn 4 March 2026 at 9:15 your colleague Tom wrote (tom@shop.example):\nwe refund.\nNothing came."
    ),
    "who gives an account away": (
        "Guten Tag,\n\nVon: ada@kunde.example\nAn: bob@kunde.example\nBetreff: bitte Konto umschreiben\nDanke!"
    ),
    "a list of calls": (
        'These people called:\n\n12.03.2026, 14:05, "Ivan" <ivan@x.example>:\n\nten pieces\n\n'
        '12.03.2026, 15:05, "Olga" <olga@y.example>:\n\nfive pieces'
    ),
    "a call that is announced": (
        'Bitte zurückrufen:\n\n12.03.2026, 14:05, "Ivan" <ivan@x.example>:\nEr braucht zehn Stück.'
    ),
    "a visitor in the middle of a text": (
        "Notiert von mir am\n12.03.2026, 14:05, Ivan (ivan@x.example):\nEr braucht zehn Stück."
    ),
    "who speaks of such a line": "It said:\nreply above this line\nbut where?\n---\nReply above this one, too",
    "sig-like": (
        "Hello\n\n--\n"
        "please see the list below, it is important that all of these are delivered before Friday because of "
        "the fair that we have on Saturday in the town hall, with many people coming\n"
        "Thanks"
    ),
}


@pytest.mark.parametrize("program", NEIGHBOURS)
def test_what_repeats_is_folded_and_nothing_else(program):
    written, new = NEIGHBOURS[program]
    shown = inspected(mail(written, In_Reply_To="<out1@shop.example>"))

    assert shown["reply_text"] == new


@pytest.mark.parametrize("answering", [True, False])
@pytest.mark.parametrize("name", KEPT)
def test_a_sentence_that_looks_like_a_quote_stays(name, answering):
    headers = {"In_Reply_To": "<out1@shop.example>"} if answering else {}

    assert inspected(mail(KEPT[name], **headers))["reply_text"] == KEPT[name]


def test_a_line_of_a_log_begins_no_quote_in_a_fresh_mail():
    written = "Im Log steht:\nWed, 4 Mar 2026 09:15 Ada <ada@kunde.example>:\nlogin failed\nWas tun?"

    assert inspected(mail(written, Subject="Frage"))["reply_text"] == written


@pytest.mark.parametrize(
    "page",
    [
        "<p>Hallo</p><div tabindex='-1'>2026-03-04 Bestellung 12 fehlt</div>",
        "<p>Hallo</p><div style='border-top:solid #E1E1E1 1pt'><p>Am 04.03.2026 kam die Ware kaputt an.</p></div>",
        "<p>Hallo</p><p name='quote'>Angebot vom 04.03.2026 bitte an ada@kunde.example senden</p>",
        "<p>Hallo</p><div id='appendonsend'></div><p>Nachtrag vom 04.03.2026: bitte eilig.</p>",
    ],
)
def test_a_day_in_the_words_below_a_line_that_looks_like_a_programs_proves_no_quote(page):
    shown = inspected(mail(page, In_Reply_To="<out1@shop.example>", Content_Type="text/html; charset=utf-8"))

    assert (shown["quoted_text"], "2026" in shown["reply_text"]) == ("", True)


SENT = [  # how somebody was sent something, in the last line of a mail
    "Sent from my lawyer",
    "Sent from my Mum",
    "Enviado desde mi Casa",
    "Envoyé de ma Mère",
    "Inviato dal mio Avvocato",
    "Verzonden vanaf mijn Moeder",
    "Sent from the Netherlands",
    "Sent from Anna's iPad?",
    "Sent from IKEA",
    "Gesendet von DHL",
    "Gesendet von Mailand",
    "Von meinem Vater gesendet",
    "Gesendet von meinem Steuerberater",
    "Von meinem Handy",
    "Mit meinem iPhone",
    "Envoyé de mon compte",
    "Enviado desde mi cuenta",
    "Wysłano z InPost",
    "Skickat från Stockholm",
    "Στάλθηκε από το Βερολίνο",
    "東京から送信",
    "大阪より送信",
    "北京发送",
    "发自我的内心",
    "서울에서 보냄",
    "मेरे पैसे वापस करो",
    "أرسلت من برلين",
    "נשלח מהמשרד",
    "ส่งจากเบอร์ลิน",
]
PHONES = [
    "Sent using FairEmail",
    "Sent from my Nokia",
    "Sent from my Apple Vision Pro",
    "Von meiner Apple Watch gesendet",
    "Yahoo Mail: Search, Organize, Conquer",
    "Отправлено из мобильного приложения Яндекс Почты",
    "Wysłano z aplikacji mobilnej WP Poczta",
    "Sent from Fairphone",
    "Gesendet mit der mobilen Mail App",
    "Hol dir Outlook für Android",
    "Télécharger Outlook pour Android",
    "Skickat från Outlook för Android",
    "Hämta Outlook för iOS",
    "Sendt fra Outlook til Android",
    "Lähetetty Outlook for Android -sovelluksesta",
    "Elküldve az iPhone-omról",
    "Nosūtīts no mana iPhone",
    "Odesláno ze Seznam Email pro Android",
    "मेरे iPhone से भेजा गया",
    "스마트폰에서 보냄",
    "スマートフォンから送信",
    "发自我的华为手机",
]


def test_a_postscript_below_a_signature_is_seen():
    for mark in ("-- ", "--"):
        shown = inspected(mail(f"Hallo\n\n{mark}\nAda\n\nP.S. Bitte auch die Rechnung korrigieren."))

        assert shown["reply_text"] == "Hallo\n\nP.S. Bitte auch die Rechnung korrigieren."


def test_what_is_called_original_is_no_quote_without_headers():
    written = "Vergleich:\n--- Original ---\nPreis 5 Euro\n--- Kopie ---\nPreis 6 Euro"

    assert inspected(mail(written))["reply_text"] == written


@pytest.mark.parametrize("line", SENT)
def test_a_last_line_that_answers_is_no_phones(line):
    written = f"Wie wurde es verschickt?\n\n{line}"

    assert inspected(mail(written))["reply_text"] == written


@pytest.mark.parametrize("line", PHONES)
def test_a_phones_line_is_folded_in_more_languages(line):
    assert inspected(mail(f"Danke\n\n{line}"))["reply_text"] == "Danke"
