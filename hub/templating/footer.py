"""The last lines of a marketing mail: why you get it, how to stop it, who sent it - unless the author wrote them."""

from collections.abc import Mapping

from hub.languages import LANGUAGES, best_tag
from hub.templating.names import WORDS
from hub.templating.parts import split_name

_HTML = """
<div style="margin:24px 0 8px;font:12px/1.6 sans-serif;color:#5b6068;text-align:center">
{{{{ company.name }}}}{{% if company.address %}} · {{{{ company.address }}}}{{% endif %}}
{{% if "://" in company.imprint %}} ·
<a href="{{{{ company.imprint }}}}" style="color:#5b6068">{{{{ company.imprint }}}}</a>
{{% elif company.imprint %}} · {{{{ company.imprint }}}}{{% endif %}}<br>
<a href="{{{{ links.unsubscribe }}}}" style="color:#5b6068">{0}</a> ·
<a href="{{{{ links.preferences }}}}" style="color:#5b6068">{1}</a> ·
<a href="{{{{ links.view }}}}" style="color:#5b6068">{2}</a>
</div>
"""
_TEXT = """

--\x20
{{{{ company.name }}}}{{% if company.address %}} · {{{{ company.address }}}}{{% endif %}}{{% if company.imprint %}}
{{{{ company.imprint }}}}{{% endif %}}

{0}: {{{{ links.unsubscribe }}}}
{1}: {{{{ links.preferences }}}}
"""


def with_footer(files: Mapping[str, str], partials: Mapping[str, str]) -> dict[str, str]:
    """The same files; e-mail parts without a link to unsubscribe get the footer."""
    return {file: _completed(file, source, partials) for file, source in files.items()}


def _completed(file: str, source: str, partials: Mapping[str, str]) -> str:
    part, own = split_name(file) or ("", "")
    if part not in ("email.html", "email.txt") or "{% extends" in source or _offers_an_end(source, dict(partials)):
        return source
    words = _words(own)
    if part == "email.txt":
        return source.rstrip() + _TEXT.format(*words)
    end = source.lower().rfind("</body>")
    at = end if end >= 0 else len(source)
    return source[:at] + _HTML.format(*words) + source[at:]


def _offers_an_end(source: str, partials: dict[str, str]) -> bool:
    """Does it, or something it includes, link to unsubscribing?"""
    if "links.unsubscribe" in source:
        return True
    included = [name for name in partials if name in source]
    return any(_offers_an_end(partials.pop(name), partials) for name in included if name in partials)


def _words(own: str) -> list[str]:
    """In the file's language; in a file for everybody, in the language of each customer."""
    tag = best_tag(own, "")
    return list(LANGUAGES[tag].footer.model_dump().values()) if tag else [f"{{{{ words.{name} }}}}" for name in WORDS]
