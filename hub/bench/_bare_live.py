"""The other side of `hub bench live`: aiohttp's own web sockets, to each of which the same words are sent."""

from aiohttp import web

from hub.bench._bare import serve

SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])


async def listen(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    async for _ in socket:
        pass
    request.app[SOCKETS].discard(socket)
    return socket


async def say(request: web.Request) -> web.Response:
    words = await request.text()
    for socket in request.app[SOCKETS]:
        await socket.send_str(words)
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app[SOCKETS] = set()
    app.router.add_get("/live", listen)
    app.router.add_post("/say", say)
    serve(app)
