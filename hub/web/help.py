"""The sheet of keys, and where to read on."""

from aiohttp import web

from hub.web.pages import render, speaker
from hub.web.shortcuts import sheet


async def show(request: web.Request) -> web.Response:
    return render(request, "help.html", groups=sheet(speaker(request).gettext))
