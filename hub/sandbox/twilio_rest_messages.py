"""Messages, their media, and the account's numbers, as REST resources."""

from aiohttp import web

from hub.sandbox.twilio_content import content_in
from hub.sandbox.twilio_errors import RestError, check_message, first
from hub.sandbox.twilio_json import content_json, in_range, media_json, message_json, number_json, page_json
from hub.sandbox.twilio_messages import Handsets
from hub.sandbox.twilio_request import ACCOUNT, FORM, resource
from hub.sandbox.twilio_state import TwilioMessage, TwilioState


class MessageResources:
    def __init__(self, state: TwilioState, handsets: Handsets) -> None:
        self.state = state
        self.handsets = handsets

    def routes(self) -> list[web.RouteDef]:
        messages, numbers = f"{ACCOUNT}/Messages", f"{ACCOUNT}/IncomingPhoneNumbers"
        return [
            web.get(f"{messages}.json", self.index),
            web.post(f"{messages}.json", self.create),
            web.get(f"{messages}/{{sid}}.json", self.show),
            web.post(f"{messages}/{{sid}}.json", self.update),
            web.delete(f"{messages}/{{sid}}.json", self.destroy),
            web.get(f"{messages}/{{sid}}/Media.json", self.media_index),
            web.get(f"{messages}/{{sid}}/Media/{{media}}.json", self.media_show),
            web.get(f"{messages}/{{sid}}/Media/{{media}}", self.media_redirect),
            web.get("/v1/ContentAndApprovals", self.contents),
            web.post("/v1/Content", self.create_content),
            web.get("/cdn/{media}", self.media_bytes),
            web.get(f"{numbers}.json", self.numbers_index),
            web.post(f"{numbers}/{{sid}}.json", self.number_update),
        ]

    async def index(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            message
            for message in reversed(self.state.messages.values())
            if query.get("To", message.to) == message.to
            and query.get("From", message.from_) == message.from_
            and in_range(message.sent, query, "DateSent")
        ]
        return web.json_response(page_json(request.path, "messages", query, found, self._word))

    async def create(self, request: web.Request) -> web.Response:
        check_message(self.state, request[FORM])
        return web.json_response(self._word(self.handsets.accept(request[FORM])), status=201)

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._word(self._find(request)))

    async def update(self, request: web.Request) -> web.Response:
        """An empty Body redacts the message."""
        message = self._find(request)
        if first(request[FORM], "Body"):
            raise RestError(20001, "a message's body can only be emptied")
        message.body = "" if "Body" in request[FORM] else message.body
        return web.json_response(self._word(message))

    async def destroy(self, request: web.Request) -> web.Response:
        del self.state.messages[self._find(request).sid]
        return web.Response(status=204)

    async def media_index(self, request: web.Request) -> web.Response:
        found = self._find(request).media
        page = page_json(request.path, "media_list", request.query, found, lambda media: media_json(self.state, media))
        return web.json_response(page)

    async def media_show(self, request: web.Request) -> web.Response:
        return web.json_response(media_json(self.state, resource(self.state.media, request, "media")))

    async def media_redirect(self, request: web.Request) -> web.Response:
        """The provider keeps the bytes on another host and redirects there."""
        media = resource(self.state.media, request, "media")
        return web.Response(status=307, headers={"Location": f"{self.state.origin}/cdn/{media.sid}"})

    async def media_bytes(self, request: web.Request) -> web.Response:
        media = resource(self.state.media, request, "media")
        return web.Response(body=media.content, headers={"Content-Type": media.content_type})

    async def contents(self, request: web.Request) -> web.Response:
        """The Content API, which stands on a host of its own at the provider."""
        listed = [content_json(self.state, one) for one in self.state.contents.values()]
        url = f"{self.state.origin}{request.path}"
        meta = {"key": "contents", "page": 0, "page_size": len(listed), "url": url, "first_page_url": url}
        return web.json_response({"meta": {**meta, "next_page_url": None}, "contents": listed})

    async def create_content(self, request: web.Request) -> web.Response:
        """Buttons or a list, which a message within the 24 hours may name without anybody's approval."""
        content = content_in(await request.read())
        self.state.contents[content.sid] = content
        return web.json_response(content_json(self.state, content), status=201)

    async def numbers_index(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [one for one in self.state.numbers.values() if one.number.startswith("+") and wanted in one.number]
        page = page_json(
            request.path,
            "incoming_phone_numbers",
            request.query,
            found,
            lambda number: number_json(self.state, number),
        )
        return web.json_response(page)

    async def number_update(self, request: web.Request) -> web.Response:
        """Where its webhooks go."""
        sid, form = request.match_info["sid"], request[FORM]
        number = next((one for one in self.state.numbers.values() if one.sid == sid), None)
        if number is None:
            raise RestError(20404, request.path)
        number.message_url = first(form, "SmsUrl") or number.message_url
        number.voice_url = first(form, "VoiceUrl") or number.voice_url
        number.status_url = first(form, "StatusCallback") or number.status_url
        return web.json_response(number_json(self.state, number))

    def _find(self, request: web.Request) -> TwilioMessage:
        return resource(self.state.messages, request)

    def _word(self, message: TwilioMessage) -> dict[str, object]:
        return message_json(self.state, message)
