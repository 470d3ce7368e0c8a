"""Puts paragraphs together again that a mail program broke into lines (RFC 3676, format=flowed)."""

SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool) -> str:
    """A line that ends in a space goes on in the next one of the same quote depth; delsp: that space is not part of
    the text (section 4.2). "-- " before a signature stands alone (section 4.3), and so does an empty line: programs
    write one after a space where they mean a new paragraph."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # of the paragraph that goes on
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")  # space-stuffing, section 4.4
        ends = content == SIGNATURE or not content.endswith(" ")
        kept = content if ends or not delsp else content[:-1]
        if depth == open_depth and content not in ("", SIGNATURE):
            paragraphs[-1].append(kept)
        else:
            paragraphs.append([_quoted(depth, kept)])
        open_depth = -1 if ends else depth
    return "\n".join(map("".join, paragraphs))


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
