"""Moves the rules of <style> into style attributes, which is all that many mail programs read.

A rule may say one property twice, first for programs that do not understand the second (CSS 2.1 section 4.2: what is
not understood is left out). The inliner keeps the last only, so the earlier ones go by another name through it.

Best once per template: the tags of Jinja are masked, the CSS is inlined, the tags come back. Where that could change
the meaning (a tag between `<td` and `>`, a class that depends on the customer) it is done after rendering instead.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any

from hub.templating.masking import Mask, Unmaskable

_DOCTYPE = re.compile(r"\s*<!doctype\b[^>]*>", re.IGNORECASE)
_SHEET = re.compile(r"<style\b[^<>]*>([^<]*+)(</style>)?", re.IGNORECASE)
_AT_RULE = re.compile(r"@[^{};@]*+(?:;|\{(?:[^{}]|\{[^{}]*+\})*+\})")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:|opacity\s*:|height\s*:\s*0", re.IGNORECASE)
_RULE = re.compile(r"((?:[^{}@;</]|/(?!\*))++)(?:\{([^{}]*+)\})?")
_APART = re.compile(rf"{_AT_RULE.pattern}|/\*.*?\*/|{_RULE.pattern}", re.DOTALL)
# what no attribute can say: what a reader does, what is no element, what the inliner leaves out
_MOMENTS = re.compile(r":(?:hover|active|focus|target|checked)\b")
_UNSEEN = re.compile(r"::|:(?:visited|link|any-link|before|after|first-line|first-letter|is|where|lang|dir)\b")
# and the marks by which rules for one program alone are known to it: they fit nothing before it has put them there
_PROGRAMS = re.compile(
    r"\[data-ogs[bc]|\.ExternalClass\b|#outlook\b|#MessageView|\[owa\]|\.moz-text|(?:^|\s)u\s*\+", re.M
)
_TOGETHER = re.compile(r"""\((?:[^()]|\([^()]*+\))*+\)|\[[^\[\]]*+\]|"[^"]*+"|'[^']*+'|,""")
_KEPT = "@media hub-kept"  # at-rules stay in <style>
_UNKEPT = re.compile(rf"{_KEPT}\s*\{{([^{{}}]*\{{[^{{}}]*\}})\s*\}}")
_BLOCK = re.compile(r"(?<=\{)[^{}]+(?=\})")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"""(?:&\w{1,10};|[^;"'()]|"[^"]*"|'[^']*'|\((?:[^()"']|"[^"]*"|'[^']*'|\([^()]*\))*\))+""")
_EARLIER = re.compile(r"--hub-earlier-\d+-")
_WITH_EARLIER = re.compile(r'(?<=\sstyle=")[^"]*--hub-earlier-[^"]*(?=")')
_BETWEEN = re.compile(r":(?:nth|first|last|only|empty|not|has|is|where)\b|[+~]")  # rules that look at neighbours
_TAGS = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)|<!--(HUB\d+X)-->")
_IMPLIED = {"html", "/html", "head", "/head", "body", "/body", "style", "/style"}
_VALUE = re.compile(r"""\s([\w-]+)\s*=\s*(?:"[^"]*|'[^']*)$""")
_DEPENDENT = {"class", "id", "style"}


def needs_inlining(*sources: str) -> bool:
    """Not where every rule is for some media only: such rules stay in <style>, and each customer's mail is spared the
    inliner."""
    return any(not sheet[2] or _moves(sheet[1]) for source in sources for sheet in _SHEET.finditer(source))


def hides(source: str) -> bool:
    """Do rules in <style> keep something from being seen? Then only the inlined HTML tells what is said."""
    return any(_HIDES.search(sheet[1]) for sheet in _SHEET.finditer(source))


def _moves(sheet: str) -> bool:
    return bool(_AT_RULE.sub("", _COMMENT.sub("", sheet)).strip())


@cache
def _inliner() -> Any:
    """Its library is 2 MB, loaded for the first template that has rules to move."""
    return import_module("css_inline").CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def inline(html: str) -> str:
    """A whole rendered document; one that cannot be inlined stays as it is. So does the doctype, of which the inliner
    keeps only the name: a mail program lays tables out otherwise for another one."""
    failed: Any = import_module("css_inline").InlineError
    try:
        given = _SHEET.sub(_parted, html)
        inlined = _UNKEPT.sub(r"\1", _by_its_name(_inliner().inline(given)))
    except failed:
        return html
    doctype = _DOCTYPE.match(html)
    return _DOCTYPE.sub(lambda _: doctype[0], inlined, count=1) if doctype else inlined


def _parted(sheet: re.Match[str]) -> str:
    at, end = (place - sheet.start() for place in sheet.span(1))
    return sheet[0][:at] + _APART.sub(_kept, _BLOCK.sub(_renamed, sheet[1])) + sheet[0][end:]


def _kept(found: re.Match[str]) -> str:
    """Of a rule the selectors that have to stay in <style>, one by one; the others are moved, else they would count
    more than all that stands in an attribute."""
    listed, block = _listed(found[1] or ""), found[2]
    staying = [one for one in listed if _MOMENTS.search(one) or _UNSEEN.search(one) or _PROGRAMS.search(one)]
    if block is None or not staying:
        return found[0]
    others = [one for one in listed if one not in staying]
    moved = f"{','.join(others)}{{{block}}}" if others else ""
    strong = _important(block)
    return moved + "".join(
        f"{_KEPT}{{{one.strip()}{{{strong if _MOMENTS.search(one) else block}}}}}" for one in staying
    )


def _listed(selectors: str) -> list[str]:
    """As they stand between commas, but those in brackets or quotes."""
    commas = [found.start() for found in _TOGETHER.finditer(selectors) if found[0] == ","]
    return [selectors[at:end] for at, end in zip([0, *(at + 1 for at in commas)], [*commas, None], strict=True)]


def _important(block: str) -> str:
    """What a reader does counts more than what now stands in the attribute."""
    said = [one.strip() for one in _DECLARATION.findall(block) if one.strip()]
    return ";".join(one if one.lower().endswith("!important") else f"{one} !important" for one in said)


def _renamed(block: re.Match[str]) -> str:
    """The declarations of a rule, each that is said again later under a name of its own."""
    said = [one.strip() for one in _DECLARATION.findall(_COMMENT.sub("", block[0])) if one.strip()]
    names = [one.partition(":")[0].strip().lower() for one in said]
    if len(set(names)) == len(names):
        return block[0]
    earlier = [name in names[at + 1 :] for at, name in enumerate(names)]
    return "; ".join(
        f"--hub-earlier-{names[:at].count(names[at])}-{one}" if earlier[at] else one for at, one in enumerate(said)
    )


def _by_its_name(html: str) -> str:
    """The earlier ones before all others, wherever the inliner put them."""
    return _EARLIER.sub("", _WITH_EARLIER.sub(lambda style: _in_order(style[0]), html))


def _in_order(style: str) -> str:
    said = [one.strip() for one in _DECLARATION.findall(style) if one.strip()]
    earlier = sorted(filter(_EARLIER.match, said))
    return "; ".join([*earlier, *(one for one in said if one not in earlier)])


def inline_source(source: str) -> str | None:
    """The template with its CSS inlined, or None when that has to wait until it is rendered."""
    try:
        mask = Mask(source, _stand_in)
        inlined = inline(mask.text)
        if _BETWEEN.search("".join(_rules(source))) or _outline(mask.text) != _outline(inlined):
            return None
        return mask.lifted(inlined)
    except Unmaskable:
        return None


def _rules(source: str) -> list[str]:
    """The selectors in <style>: what stands before each brace."""
    sheets = re.findall(r"<style\b[^>]*>(.*?)</style>", source, re.DOTALL | re.IGNORECASE)
    return [selector for sheet in sheets for selector in re.findall(r"([^{}]*)\{", sheet)]


def _outline(html: str) -> list[str]:
    """Its tags in order: equal before and after, or the parser has moved something."""
    tags = [(found[1] or found[2]).lower() for found in _TAGS.finditer(html)]
    return [tag for tag in tags if tag not in _IMPLIED]


def _stand_in(number: int, before: str) -> str:
    opened, closed = before.rfind("<"), before.rfind(">")
    if opened > closed:
        attribute = _VALUE.search(before, opened)
        if not attribute or attribute[1].lower() in _DEPENDENT:
            raise Unmaskable
        return f"HUB{number}X"
    if _inside(before, "style") or _inside(before, "script"):
        raise Unmaskable
    return f"HUB{number}X" if _inside(before, "title") else f"<!--HUB{number}X-->"


def _inside(before: str, tag: str) -> bool:
    lower = before.lower()
    return lower.rfind(f"<{tag}") > lower.rfind(f"</{tag}")
