"""Finds where a mail program's HTML says that the quoted mail begins, and puts a MARK there.

Only for programs that do not use <blockquote>: those quotes are recognised in the text. Gmail does, and names the line
above it, which can thus be recognised in every language.
"""

import html
import re

from hub.html.safe_html import MARK

QUOTE_BEGINS = re.compile(
    r"<(?:div|hr|span|p|td)\b[^>]{0,300}?\s(?:"
    r"id=[\"']?(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|"
    r"ms-outlook-mobile-body-separator-line|stopSpelling|isForwardContent|isReplyContent)\b|"
    r"class=[\"']?(?:x_)*(?:yahoo_quoted|tutanota_quote|zmail_extra|WordSectionQuote)\b|"
    r"name=[\"']?quote[\"'\s>]|"
    r"tabindex=[\"']?-1\b|"
    r"style=[\"'][^\"'>]{0,80}border-top:\s?solid #(?:E1E1E1|B5C4DF)\b)",
    re.IGNORECASE,
)
GMAIL_INTRODUCTION = re.compile(
    r"<div\b[^<>]{0,300}?\sclass=[\"']?(?:x_)*gmail_attr\b[^<>]{0,300}>(.{1,3000}?)</div>", re.IGNORECASE | re.DOTALL
)
TAG = re.compile(r"<[^<>]{0,2000}>")

# one of them occurs wherever QUOTE_BEGINS matches; looking for them first is far cheaper
SIGNS = (
    "divrply",
    "appendonsend",
    "mail-editor",
    "olk_src_body",
    "ms-outlook-mobile",
    "stopspelling",
    "isforward",
    "isreply",
    "quote",
    "zmail_extra",
    "tabindex",
    "border-top:",
)


def mark_quote(source: str) -> str:
    source = source.replace(MARK, "")
    lowered = source.lower()
    found = QUOTE_BEGINS.search(source) if any(sign in lowered for sign in SIGNS) else None
    return f"{source[: found.start()]}{MARK}{source[found.start() :]}" if found else source


def introduction(source: str) -> str:
    """What Gmail wrote above the mail it quotes; nothing above a forwarded one, which begins with a rule."""
    at = source.find("gmail_attr")
    found = GMAIL_INTRODUCTION.search(source, max(at - 400, 0), at + 4_000) if at >= 0 else None
    words = html.unescape(TAG.sub("", found[1])).strip() if found else ""
    return "" if words.startswith("-") else words
