"""Ten letters on paper, measured in the finished PDF by somebody else's reader (poppler's pdftotext and pdftocairo)."""

import re
import subprocess
from dataclasses import dataclass
from datetime import date

import pytest

from channels.letter import LetterChannel, LetterSettings
from hub.config import CompanySettings, Settings
from hub.letters.sheet import Letter, sheets
from hub.model import Address, Outbound
from hub.sales.paper import typeset

MM = 72 / 25.4
LONG = "Ihre Anfrage haben wir geprüft; die Größe der Fässer stimmt, auch für Übergrößen. " * 12
WINDOW = (25.0, 62.7, 105.0, 90.0)  # mm from the left and upper edge: the zone of the address in form B
REMARKS = (25.0, 45.0, 105.0, 62.7)
MARKS = (105.0, 148.5, 210.0)
DE_SENDER = "Müller & Söhne GmbH, Hauptstraße 1, 10115 Berlin"

PEOPLE = (  # name, address, language, html, text
    ("Ada Lovelace", "Musterstraße 5, 12345 Musterstadt", "de", "", "Guten Tag,\n\nschöne Grüße."),
    ("Jürgen Größler", "Jürgen Größler, Ährenweg 7, 80331 München", "de", "", f"{LONG}\n\n" * 4),
    ("Grace Hopper", "12 High Street, Flat 3, London, SW1A 1AA, United Kingdom", "en", "", "Dear Grace,\n\nhello."),
    ("Élise Façon", "Élise Façon, 3 rue de l'Église, 75001 Paris, Frankreich", "fr", "<p>Bonjour</p>", ""),
    ("Ελένη Παπαδοπούλου", "Οδός Ερμού 5, 105 63 Αθήνα, Greece", "en", "<h2>Offer</h2><ul><li>one<li>two</ul>", ""),
    ("Иван Петров", "Иван Петров, ул. Ленина 1, 101000 Москва, Russia", "en", "", f"{LONG}\n\n" * 8),
    (
        "X",
        "Universitätsklinikum Musterstadt, Zentrum für Innere Medizin, Klinik III, Frau Prof. Dr. Ada Lovelace, "
        "Gebäude 17b, Aufgang C, Am Alten Schloßgarten 12-14, 12345 Musterstadt",
        "de",
        '<p>Mit <b>Bild</b>: <img src="https://example.com/x.png" alt="Lageplan"></p>',
        "",
    ),
    ("Zoë Ångström", "Zoë Ångström, Storgatan 1, 111 22 Stockholm, Schweden", "en", "<ol><li>A<li>B</ol>", ""),
    (
        "Y",
        "Bundesverband der Fassbinderinnen und Fassbinder in Sachsen und Thüringen e. V., Weg 1, 01067 Dresden",
        "de",
        "",
        "Kurz.",
    ),
    ("Łukasz Żak", "Łukasz Żak, ul. Długa 3, 00-238 Warszawa, Polen", "de", "", "Sehr geehrter Herr Żak,\n\nja."),
)


@dataclass(frozen=True)
class Word:
    """In millimetres from the left and upper edge."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def lies_in(self, box: tuple[float, float, float, float]) -> bool:
        """By its middle, since a reader adds the fonts' own room above and below."""
        middle = (self.top + self.bottom) / 2
        return box[0] - 0.1 <= self.left and self.right <= box[2] and box[1] <= middle <= box[3]


def words_of(pdf: bytes, tmp_path) -> list[list[Word]]:
    """Page by page."""
    (tmp_path / "letters.pdf").write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", tmp_path / "letters.pdf", "-"], capture_output=True, check=True)
    pages = told.stdout.decode().split("<page ")[1:]
    found = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>'
    return [
        [
            Word(text, *(float(n) / MM for n in (left, top, right, bottom)))
            for left, top, right, bottom, text in re.findall(found, page)
        ]
        for page in pages
    ]


def said(page: list[Word], box: tuple[float, float, float, float]) -> str:
    return " ".join(word.text for word in page if word.lies_in(box))


def marks_of(pdf: bytes, tmp_path, page: int) -> list[float]:
    """Millimetres from the upper edge of the short lines at the left edge."""
    (tmp_path / "letters.pdf").write_bytes(pdf)
    drawn = ["pdftocairo", "-svg", "-f", str(page), "-l", str(page), tmp_path / "letters.pdf", "-"]
    svg = subprocess.run(drawn, capture_output=True, check=True).stdout.decode()
    lines = re.findall(
        r'd="M ([-\d.]+) ([-\d.]+) L ([-\d.]+) ([-\d.]+) ?"[^>]*?(?:transform="matrix\(([^)]*)\)")?/>', svg
    )
    ys = []
    for x, y, _, _, matrix in lines:
        a, _b, _c, d, e, f = (float(n) for n in matrix.split(",")) if matrix else (1, 0, 0, 1, 0, 0)
        if (a * float(x) + e) / MM < 6:
            ys.append(round((d * float(y) + f) / MM, 1))
    return sorted(ys)


@pytest.fixture
def channel():
    settings = LetterSettings(
        sender=DE_SENDER,
        information=("Telefon 030 123456", "post@example.com"),
        footer=("Müller & Söhne GmbH, Hauptstraße 1, 10115 Berlin", "HRB 1234, AG Charlottenburg", "IBAN DE00 1234"),
    )
    return LetterChannel("letter", settings, None)


def letter(name, handle, language, html, text, subject="Ihre Anfrage vom 3. März"):
    return Letter(Outbound("d", Address("letter", handle), text, subject, html), name, language)


async def pdf_of(channel, letters, **more):
    company = CompanySettings(name="Müller & Söhne GmbH", language="de")
    document = sheets(letters, channel, company, date(2026, 11, 28), **more)
    return await typeset(Settings(), "letter", "de", document)


async def test_ten_letters_keep_window_marks_and_page_numbers_of_form_b(channel, tmp_path):
    pdf = await pdf_of(channel, [letter(*one) for one in PEOPLE], cover=True)
    cover, *pages = words_of(pdf, tmp_path)
    firsts = [n for n, page in enumerate(pages) if "Hauptstraße 1" in said(page, (25, 45, 105, 50.5))]
    assert len(firsts) == 10
    assert said(cover, (0, 0, 210, 297)).count("Standardbrief") == 10
    for (name, *_), first, following in zip(PEOPLE, firsts, [*firsts[1:], len(pages)], strict=True):
        page, count = pages[first], following - first
        window = f"{said(page, REMARKS)} {said(page, WINDOW)}"
        assert len(name) == 1 or name in window
        upper_left = [word for word in page if word.left < 105 and word.top < 95]
        assert all(word.lies_in((25, 45, 105, 90)) for word in upper_left), name
        assert 98.46 <= min((word.top + word.bottom) / 2 for word in page if word.top > 91) <= 102
        assert marks_of(pdf, tmp_path, first + 2) == pytest.approx(MARKS, abs=0.3)
        for at in range(first, following):
            foot = said(pages[at], (100, 255, 191, 297))
            numbers = re.findall(r"(?:Seite|Page) (\d+) (?:von|of) (\d+)", foot)
            assert numbers == ([(str(at - first + 1), str(count))] if count > 1 else [])
            assert all(word.right <= 190.5 for word in pages[at])
            assert at == first or not marks_of(pdf, tmp_path, at + 2)
    text = " ".join(word.text for page in pages for word in page)
    for country in ("VEREINIGTES KÖNIGREICH", "FRANKREICH", "GRIECHENLAND", "RUSSLAND", "SCHWEDEN", "POLEN"):
        assert country in text
    assert "[Lageplan]" in text
    assert "Seite 1 von 2" in text
    assert "Page 2 of" in text


async def test_form_a_lies_eighteen_millimetres_higher(channel, tmp_path):
    higher = LetterChannel("letter", channel.settings.model_copy(update={"form": "A"}), None)
    pdf = await pdf_of(higher, [letter(*PEOPLE[0])], cover=False)
    [page] = words_of(pdf, tmp_path)
    assert "Ada Lovelace" in said(page, (25, 44.7, 105, 72))
    assert marks_of(pdf, tmp_path, 1) == pytest.approx([87.0, 148.5, 192.0], abs=0.3)
