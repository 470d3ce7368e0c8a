"""Who wrote a mail: its From, unless a form or a group wrote it in somebody's stead.

A Reply-To proves nothing (R21): it never leads to a verified customer. What a form says becomes a customer of its own
whose address is only claimed, until somebody answers from there.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Address, Inbound, Sort

FORM = re.compile(  # what a form, a shop or a site is called, by itself or in its address
    r"(?:no|do[-_.]?not)[-_.]?reply|(?<!in)(?<!plat)(?<!uni)form(?!an)|kontakt|contact|"
    r"web[-_. ]?(?:site|seite|master|server|shop|"
    r"mail|form|hely)|wordpress|modulo\b|contatt|contacto|contato|www|mailer|notif|anfrage|shop|bestell|auftrag|orders?\b|"
    r"buchung|booking|lomake|űrlap|urlap|kapcsolat|skjema|zapytani|ankieta|poptavka|poptávka|robot\b|"
    r"nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|apache|nobody|root\b|system|homepage|"
    r"r(?:ü|ue)ckruf|\bleads?\b|fale conosco|solicitud|solicita[çc]|richiest[ae]\b|\bdemande|aanvraag|"
    r"internetseite|сайт|форма|заявк|φόρμα|επικοινωνία|"
    r"\Aemail\Z|ホームページ|フォーム|問い?合わ?せ|表[单單]|网站|網站|홈페이지|문의",
    re.IGNORECASE,
)
PROGRAM = re.compile(  # nobody writes from there: whatever name it bears is its visitor's
    r"(?:no|do[-_.]?not)[-_.]?reply|(?:submissions?|notifications?|wordpress|www|www-data|mailer|robot|lomake|urlap|"
    r"apache|nobody|root|postmaster|hostmaster|(?:web|mail)?server|cgi|cf7|php|smtp|bounces?|(?:web)?site|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre)\Z|"
    r"(?:(?:[a-z]+[-_.])?|kontakt|contact|bestell|anfrage|web|online|mail)form(?:s|ul[a-z]{0,6})?\Z",
    re.IGNORECASE,
)
RELAYED = re.compile(r"\w['\"“”’]?\s[(\[]?(?:via|vía|über|через)\s+\w", re.IGNORECASE)  # "Ada (via Etsy)"
OF_ONE = re.compile(r"\+\w|(?=[a-z_-]*\d)[a-z0-9_-]{8,}\Z", re.IGNORECASE)  # reply+a1b2, 7f3c9d21ab
DEVICE = re.compile(r"\b(?:iphone|ipad|macbook|imac|galaxy|handy|smartphone|laptop)\b", re.IGNORECASE)  # "Annas iPhone"
ROLE = re.compile(  # who answers there is the house itself
    r"(?:info|office|service|support|sales|team|mail|post|hello|hallo|help|hilfe|billing|account(?:s|ing)|"
    r"buchhaltung|rechnung|einkauf|vertrieb|verwaltung|sekretariat|zentrale|buero|bureau|ufficio|admin)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{3,}")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i"})
LONG = re.compile(r"([aou])e|a(?=a)")  # ä or å, where a keyboard lacks them


@dataclass(frozen=True, slots=True)
class Author:
    """address: whose customer this is; None when nobody is named. claimed: only somebody's word for it, by_whom's.
    answer_to: where the answer is wanted, when that is elsewhere."""

    address: Address | None
    name: str
    claimed: bool = False
    by_whom: str = ""
    answer_to: str = ""


def author_of(own: OwnAddresses, sender: Address, inbound: Inbound, *, known: bool) -> Author:
    """known: the sender's address is a customer's already."""
    if sender.kind != "email":
        return Author(sender, inbound.sender_name)
    others = list(_others(own, sender, inbound))
    if own.includes(sender.handle):
        name, address = others[0] if others else ("", None)
        return Author(address, name, claimed=True, by_whom=sender.handle)
    if others and (_is_list(sender, inbound) or _is_form(own, sender, inbound, *others[0], known=known)):
        return Author(others[0][1], others[0][0], claimed=True, by_whom=sender.handle)
    return Author(sender, inbound.sender_name, answer_to=_answer_to(own, sender, inbound))


def _answer_to(own: OwnAddresses, sender: Address, inbound: Inbound) -> str:
    """Where somebody wants to be answered when that is not where they wrote from; "" otherwise."""
    named = (address.handle for _, address in _readable(inbound.parts.get("reply_to", ())))
    first = next((handle for handle in named if not own.includes(handle)), "")
    return "" if first == sender.handle else first


def _others(own: OwnAddresses, sender: Address, inbound: Inbound) -> Iterator[tuple[str, Address]]:
    """Whom the mail names besides its From and us: Reply-To, then whom a group replaced (X-Original-From)."""
    for field in ("reply_to", "original_from"):
        for name, address in _readable(inbound.parts.get(field, ())):
            if address != sender and not own.includes(address.handle):
                yield name, address


def _readable(boxes: object) -> Iterator[tuple[str, Address]]:
    for box in boxes if isinstance(boxes, list | tuple) else ():
        try:
            yield str(box.get("name", "")), normalise("email", str(box.get("address", "")))
        except InvalidInput:
            continue  # what is no address cannot be answered


def _is_list(sender: Address, inbound: Inbound) -> bool:
    """A list that puts its own address in the place of its members', whose domains forbid others to write for them
    (DMARC, RFC 7960 section 4.1.3.3; Google Groups, Mailman)."""
    names = inbound.parts.get("list", ())
    return sender.handle in names or sender.handle.replace("@", ".") in names


def _is_form(own: OwnAddresses, sender: Address, inbound: Inbound, name: str, other: Address, *, known: bool) -> bool:
    """A form, a shop or a market writes for whoever filled it in; a person with a second address goes by one name at
    both. A name that its own address knows nothing of may be borrowed; that, and that the names differ, decides only
    about a sender who is no customer yet."""
    if inbound.sorted_as not in (Sort.PERSON, Sort.LIST, Sort.BULK) or inbound.parts.get("list"):
        return False
    local, _, home = sender.handle.rpartition("@")
    other_local, _, there = other.handle.rpartition("@")
    said = unicodedata.normalize("NFC", inbound.sender_name)
    one_name = _is_one_name(said, local, name, other_local)
    if home == there:  # a market with an address for each of its visitors, a house whose program writes for its people
        return bool(PROGRAM.match(local) and (OF_ONE.search(other_local) or (said and one_name)))
    if DEVICE.search(said):
        return False
    if PROGRAM.match(local) or RELAYED.search(said):
        return True
    called = bool(FORM.search(local) or FORM.search(said))
    if one_name:
        borrowed = not known and not _names(name or other_local) & _within(sender.handle, name or other_local)
        return (called or own.is_home(sender.handle) or _names_house(said, name, home)) and borrowed and bool(said)
    if called or own.is_home(sender.handle):
        return True
    if known or _is_own_name(said, local, home):
        return False
    return bool(name) or (_is_house(said, home) and not ROLE.match(other_local))


def _names(text: str) -> set[str]:
    return set(WORD.findall(_folded(text)))


def _within(handle: str, text: str) -> set[str]:
    """The words of the text that an address holds."""
    return {word for word in _names(text) if word in _folded(handle)}


def _names_house(said: str, name: str, home: str) -> bool:
    """Both the visitor and the market stand in the name: Ada Alt bei eBay, Ada Alt (Etsy)."""
    return bool(name) and _names(name) < _names(said) and bool(_within(home, said) - _names(name))


def _is_house(said: str, home: str) -> bool:
    """Called as its domain, as a firm is and no person."""
    letters = "".join(filter(str.isalpha, _folded(said.partition(".")[0])))
    return len(letters) > 2 and letters in "".join(filter(str.isalpha, _folded(home)))


def _is_own_name(said: str, local: str, home: str) -> bool:
    """First and last name, of which the address holds one that is not its firm's: somebody's own."""
    return len(_names(said)) > 1 and bool(_within(local, said) - _within(home, said))


def _is_one_name(said: str, local: str, name: str, other_local: str) -> bool:
    """However it is spelled: a word of three letters in common, or the same signs (Li Wu; 山田 and 山田太郎)."""
    one, other = _folded(said), _folded(name)
    if {*WORD.findall(f"{one} {_folded(local)}")} & {*WORD.findall(f"{other} {_folded(other_local)}")}:
        return True
    short, long = sorted(("".join(filter(str.isalpha, text)) for text in (one, other)), key=len)
    return short == long != "" or (len(short) > 1 and not short.isascii() and long.startswith(short))


def _folded(text: str) -> str:
    """Without case, accents and what stands for them: Groß, Jörg, Νίκος as Gross, Joerg, Νικος."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return LONG.sub(r"\1", plain.translate(LETTERS))
