"""What a person is called by in a greeting, told from one line of a name as it stands in address books and mails.

The given name where one can be told; where none can (a company, a family, "Dr. Müller"), the whole, which reads well
behind "Hello" in every language; "" for what is no name at all, so that a template's `default` stands in.
"""

import re
from functools import lru_cache

TITLES = set(
    "herr herrn frau fräulein mr mrs ms miss mx m mme mlle monsieur madame mademoiselle sr sra srta señor "
    "señora don doña dona dom sig signor signora signore dhr mevr mw meneer mevrouw hr fru frk herra rouva "
    "pan pani paní pán úr bay bayan sir dame lord lady κος κα г-н г-жа".split()
)
TITLES |= set(
    "dr dra dott prof profesor profesora professor ing mag mgr bc mudr judr phdr rndr dipl med h.c rer nat "
    "habil pd univ rev pastor pfarrer capt graf gräfin freiherr freifrau baron baronin inż lic".split()
)
SUFFIXES = set(
    "jr jun junior sr sen senior phd mba msc bsc ma ba mdb mdl md dds esq ii iii iv llm csc mdr sc cpa".split()
)
COMPANIES = set(
    "gmbh gesmbh ltd limited llc llp inc corp company sarl eurl stiftung verein pty kft zrt ооо тов".split()
)
LEGAL_FORMS = set(  # names as well ("Erik As"), unless they are written as forms are; ISO 20275 lists them
    "mbh ag kg kgaa ohg gbr ug e.v ev eg se plc co sas sasu s.a sa s.l sl slu s.r.l srl s.p.a spa snc b.v bv "
    "n.v nv vof oy oyj ab as asa aps a/s s.r.o sro a.s d.o.o doo z.o.o ooo".split()
)
GROUPS = set(
    "familie fam family famille familia famiglia família perhe rodina rodzina eheleute ehepaar firma firm "
    "team support service office praxis kanzlei hotel restaurant apotheke autohaus bäckerei verlag studio "
    "shop store büro schule school gemeinde stadt hausverwaltung café".split()
)
JOINERS = {"und", "and", "&", "+", "y", "et", "e", "i", "og", "och", "ja", "a", "en", "u."}
FAMILY_FIRST = set(  # Vietnamese families; the given name comes last
    "nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đoàn trịnh lâm".split()
)
SPECIAL = TITLES | SUFFIXES | COMPANIES | LEGAL_FORMS | GROUPS | JOINERS | FAMILY_FIRST
PLAIN = re.compile(r"([^\W\d_]+) (?:[^\W\d_]+[0-9]*|[0-9]+)")
ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[\"“”„«»]|(?<=\s)(?:via|über)\s.*|\s(?:[|•·–—-]|@)\s.*", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]")
INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,3}\.|[^\W\d_]")
ABBREVIATED = re.compile(r"[^\W\d_]{2,}\.[\w.-]*")
ADDRESS = re.compile(r"\S+@\S+")
IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
NAMES_KEPT = 4_096


@lru_cache(maxsize=NAMES_KEPT)
def first_name(name: str) -> str:
    """ "Ada Lovelace" and "Lovelace, Dr. Ada" -> "Ada"; "Müller GmbH", "Frau Müller" stay; "+49 171 1" -> ""."""
    if (plain := PLAIN.fullmatch(name)) and plain[0].istitle() and SPECIAL.isdisjoint(name.lower().split()):
        return plain[1]  # as nearly all are; a campaign asks this of everybody
    if ADDRESS.search(name) or not LETTERS.search(name):
        return ""
    words = [word for word in ASIDE.sub(" ", name).split() if word == "&" or LETTERS.search(word)] or name.split()
    whole = " ".join(words).strip(",;")
    if IDEOGRAPHIC.search(whole) or _bare(words[0]) in GROUPS or any(_is_company(word) for word in words[1:]):
        return whole
    family, _, behind = whole.partition(",")
    if behind and not _untitled(behind.split()):
        return f"{behind.strip()} {family}"
    given = _given(family, behind)
    return _cased(given, whole) if given else whole


def _given(family: str, behind: str) -> str:
    """The given name, or "" where none can be told; behind: what stands after a comma."""
    turned = [word for word in _untitled(behind.split()) if _bare(word) not in SUFFIXES]
    if turned:
        return _first(turned, alone=True)
    words = _untitled(family.split())
    while len(words) > 1 and _bare(words[-1]) in SUFFIXES:
        words.pop()
    return _first(words, alone=len(words) == len(family.split()) and not behind)


def _first(words: list[str], *, alone: bool) -> str:
    """alone: a single word is a given name; behind a title it is that of the family."""
    if len(words) < 2:
        return words[0] if words and alone and not INITIALS.fullmatch(words[0]) else ""
    if words[1].lower() in JOINERS:
        return " ".join(words[:3]) if len(words) > 3 or (alone and words[1] not in "&+") else ""
    if words[0].lower() in FAMILY_FIRST:
        return words[-1]
    return next((word for word in words[:-1] if not INITIALS.fullmatch(word)), "")


def _untitled(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and (_is_title(words[at]) or (at > 0 and words[at].lower() in JOINERS)):
        at += 1
    return words[at:]


def _is_title(word: str) -> bool:
    return _bare(word) in TITLES or bool(ABBREVIATED.fullmatch(word))


def _is_company(word: str) -> bool:
    bare = _bare(word)
    return bare in COMPANIES or bare in GROUPS or (bare in LEGAL_FORMS and word != word.capitalize())


def _bare(word: str) -> str:
    return word.strip(".,;").lower()


def _cased(given: str, whole: str) -> str:
    """As one writes a name, where a program or a hurried person wrote it in one case."""
    one_case = (whole.isupper() and len(whole) > len("IKEA")) or whole.islower()
    if one_case and re.fullmatch(r"[^\W\d_]+(?:[-' ][^\W\d_]+)*", given):
        return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), given)
    return given
