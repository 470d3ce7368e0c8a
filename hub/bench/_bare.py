"""The other side of `hub bench intake`: an aiohttp handler that does nothing but say ok."""

from aiohttp import web


async def ok(request: web.Request) -> web.Response:
    return web.Response()


def serve(app: web.Application) -> None:
    """Until it is stopped; the caller reads the port from what is printed."""
    web.run_app(app, host="127.0.0.1", port=0, access_log=None, print=lambda text: print(text, flush=True))


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/{path:.*}", ok)
    serve(app)
