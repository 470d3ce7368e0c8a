"""Where handlers find what the process holds."""

from aiohttp import web

from hub.context import Hub

HUB = web.AppKey("hub", Hub)
