"""Gives Outlook's paragraphs the margins that its style sheet gives them, which is left out where they are shown."""

import re

NORMAL = re.compile(r"<p\b([^<>]{0,1000}?)\sclass=(?:\"MsoNormal\"|'MsoNormal'|MsoNormal(?![^\s>]))([^<>]{0,1000})>")
RULE = re.compile(r"p\.MsoNormal\b[^{}]{0,500}\{([^{}]{0,1000})\}")
MARGINS = re.compile(r"margin(?:-top|-bottom)?:[^;{}\"'<>]{1,60}", re.IGNORECASE)
STYLE = re.compile(r"(\sstyle=[\"']?)", re.IGNORECASE)
NONE = "margin:0"  # as Outlook writes a mail whose style sheet was lost on the way


def with_margins(source: str) -> str:
    """What a paragraph says itself goes before."""
    if "MsoNormal" not in source:
        return source
    rule = RULE.search(source)
    told = ";".join(MARGINS.findall(rule[1])) if rule else NONE
    return NORMAL.sub(lambda found: _with(found, told), source) if told else source


def _with(found: re.Match[str], told: str) -> str:
    attributes = f"{found[1]}{found[2]}"
    if STYLE.search(attributes):
        return f"<p{STYLE.sub(lambda style: f'{style[1]}{told};', attributes, count=1)}>"
    return f'<p{attributes} style="{told}">'
