#!/bin/sh
# pypdf 7.1.1 and pikepdf 10.18.0 join two letters of typst 0.15.2 into one that says less, or says it of the wrong page.
#
# Guess: the joined file keeps what both had: the numbers of the pages ("i", "ii", "1"), the language, the tags that a screen
#        reader follows, the title, the file embedded in the second one (the XML of an invoice).
# Seen:  joined into an empty file, numbers, language, tags and title are gone from both; pypdf keeps the outline, pikepdf
#        does not. Joined to the first one, its numbers go on through the second ("iii" for "1"). The embedded file is lost
#        each time, so an invoice that a program could read is a picture of one. And pikepdf copies each page's place in the
#        tree of tags as it is: the third page then points to the first one's tags, so a screen reader is led by another
#        page's headings, and the file still calls itself tagged.
# So:    set one document in one go where it can be; else carry over by hand what matters, and drop the tags of the rest.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2 pypdf==7.1.1 pikepdf==10.18.0
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from io import BytesIO

import pikepdf
import pypdf
import typst

HEAD = '#set document(title: "{0}")\n#set text(lang: "de")\n#set page(numbering: "{1}")\n= {0}\n'
LETTER = HEAD.format("Brief", "i") + "eins #pagebreak() zwei"
INVOICE = HEAD.format("Rechnung", "1") + '#pdf.attach("invoice.xml", bytes("<a/>")) drei'
first, second = (typst.compile(text.encode(), ignore_system_fonts=True) for text in (LETTER, INVOICE))


def by_pypdf(into):
    writer = pypdf.PdfWriter(clone_from=BytesIO(into)) if into else pypdf.PdfWriter()
    for part in [second] if into else [first, second]:
        writer.append(BytesIO(part))
    return saved(writer.write)


def by_pikepdf(into):
    joined = pikepdf.open(BytesIO(into)) if into else pikepdf.new()
    for part in [second] if into else [first, second]:
        joined.pages.extend(pikepdf.open(BytesIO(part)).pages)
    return saved(joined.save)


def saved(write):
    write(target := BytesIO())
    return target.getvalue()


def said(octets):
    reader = pypdf.PdfReader(BytesIO(octets))
    root = reader.trailer["/Root"]
    title = (reader.metadata or {}).get("/Title")
    tags = [page.get("/StructParents") for page in reader.pages] if "/StructTreeRoot" in root else []
    return reader.page_labels, root.get("/Lang"), title, tags, [one.title for one in reader.outline], list(reader.attachments)


print("typst", version("typst"), "pypdf", version("pypdf"), "pikepdf", version("pikepdf"))
for what, octets, want in (
    ("letter", first, (["i", "ii"], "de", "Brief", [0, 1], ["Brief"], [])),
    ("invoice", second, (["1"], "de", "Rechnung", [0], ["Rechnung"], ["invoice.xml"])),
    ("pypdf, into an empty file", by_pypdf(b""), (["1", "2", "3"], None, None, [], ["Brief", "Rechnung"], [])),
    ("pypdf, to the letter", by_pypdf(first), (["i", "ii", "iii"], "de", "Brief", [0, 1, None], ["Brief", "Rechnung"], [])),
    ("pikepdf, into an empty file", by_pikepdf(b""), (["1", "2", "3"], None, None, [], [], [])),
    ("pikepdf, to the letter", by_pikepdf(first), (["i", "ii", "iii"], "de", "Brief", [0, 1, 0], ["Brief"], [])),
):
    seen = said(octets)
    print(f"{what}: numbers, language, title, tags, outline, files: {seen}")
    assert seen == want, f"{want} before"
PYTHON
