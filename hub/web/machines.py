"""Tells programs that follow links and fetch pictures by themselves from people who do.

Who opens a mail is an estimate at best: Apple fetches every picture when a mail arrives, Google and Yahoo fetch them
for their readers, scanners of companies follow every link before anybody reads. What they do is counted beside, never
as a person's. Sources: Apple, "Mail Privacy Protection" (its fetches name themselves Mozilla/5.0 and nothing else);
Google, "Gmail image proxy" (GoogleImageProxy); Yahoo (YahooMailProxy); the user agents that scanners publish.
"""

import re

from aiohttp import web

_NAMED = re.compile(
    r"GoogleImageProxy|ggpht\.com|YahooMailProxy|YahooCacheSystem|BingPreview|SkypeUriPreview|Microsoft Office Protocol"
    r"|Barracuda|Mimecast|Proofpoint|Symantec|FireEye|Trellix|Forti[A-Z]|TrendMicro|Sophos|IronPort|SafeLinks"
    r"|HeadlessChrome|PhantomJS|\bcurl/|\bWget/|python-requests|Python-urllib|Go-http-client|libwww-perl|okhttp"
    r"|facebookexternalhit|WhatsApp/|TelegramBot|Slackbot|Twitterbot|Discordbot|LinkedInBot"
    r"|\b\w*(?:bot|crawler|spider|scanner|linkcheck|url-?preview)\b",
    re.IGNORECASE,
)
_BARE = "Mozilla/5.0"  # Apple's Mail Privacy Protection


def fetches_ahead(request: web.Request) -> bool:
    """A look before anybody decided anything: it counts as nobody's."""
    purpose = request.headers.get("Sec-Purpose", request.headers.get("Purpose", request.headers.get("X-Moz", "")))
    return request.method == "HEAD" or "prefetch" in purpose.lower()


def is_machine(request: web.Request) -> bool:
    agent = request.headers.get("User-Agent", "").strip()
    return agent in ("", _BARE) or _NAMED.search(agent) is not None
