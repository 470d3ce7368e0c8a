"""What an agent sets for himself: name, language, colours, time zone, password."""

from aiohttp import web

from hub.web.pages import render


async def show(request: web.Request) -> web.Response:
    return render(request, "settings.html")
