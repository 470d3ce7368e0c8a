"""Calls and recordings, as REST resources."""

from aiohttp import web

from hub.sandbox.twilio_audio import silent_mp3
from hub.sandbox.twilio_errors import check_call
from hub.sandbox.twilio_exchange import Exchange
from hub.sandbox.twilio_json import call_json, in_range, page_json, recording_json
from hub.sandbox.twilio_request import ACCOUNT, FORM, resource
from hub.sandbox.twilio_state import Recording, TwilioCall, TwilioState


class CallResources:
    def __init__(self, state: TwilioState, exchange: Exchange) -> None:
        self.state = state
        self.exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        calls, recordings = f"{ACCOUNT}/Calls", f"{ACCOUNT}/Recordings"
        return [
            web.get(f"{calls}.json", self.index),
            web.post(f"{calls}.json", self.create),
            web.get(f"{calls}/{{sid}}.json", self.show),
            web.post(f"{calls}/{{sid}}.json", self.update),
            web.get(f"{calls}/{{sid}}/Recordings.json", self.recordings_index),
            web.get(f"{recordings}.json", self.recordings_index),
            web.get(f"{recordings}/{{sid}}.json", self.recording_show),
            web.delete(f"{recordings}/{{sid}}.json", self.recording_destroy),
            web.get(f"{recordings}/{{sid}}.mp3", self.recording_mp3),
            web.get(f"{recordings}/{{sid}}.wav", self.recording_wav),
            web.get(f"{recordings}/{{sid}}", self.recording_wav),
        ]

    async def index(self, request: web.Request) -> web.Response:
        found = [call for call in reversed(self.state.calls.values()) if _fits(call, request)]
        return web.json_response(page_json(request.path, "calls", request.query, found, self._word))

    async def create(self, request: web.Request) -> web.Response:
        check_call(self.state, request[FORM])
        return web.json_response(self._word(self.exchange.place(request[FORM])), status=201)

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._word(resource(self.state.calls, request)))

    async def update(self, request: web.Request) -> web.Response:
        call = resource(self.state.calls, request)
        await self.exchange.update(call, request[FORM])
        return web.json_response(self._word(call))

    async def recordings_index(self, request: web.Request) -> web.Response:
        call_sid = request.match_info.get("sid") or request.query.get("CallSid", "")
        found = [one for one in reversed(self.state.recordings.values()) if call_sid in ("", one.call_sid)]
        page = page_json(request.path, "recordings", request.query, found, lambda one: recording_json(self.state, one))
        return web.json_response(page)

    async def recording_show(self, request: web.Request) -> web.Response:
        return web.json_response(recording_json(self.state, self._recording(request)))

    async def recording_destroy(self, request: web.Request) -> web.Response:
        del self.state.recordings[self._recording(request).sid]
        return web.Response(status=204)

    async def recording_wav(self, request: web.Request) -> web.Response:
        return web.Response(body=self._recording(request).content, headers={"Content-Type": "audio/x-wav"})

    async def recording_mp3(self, request: web.Request) -> web.Response:
        sound = silent_mp3(self._recording(request).duration)
        return web.Response(body=sound, headers={"Content-Type": "audio/mpeg"})

    def _recording(self, request: web.Request) -> Recording:
        return resource(self.state.recordings, request)

    def _word(self, call: TwilioCall) -> dict[str, object]:
        return call_json(self.state, call)


def _fits(call: TwilioCall, request: web.Request) -> bool:
    query = request.query
    return (
        query.get("To", call.to) == call.to
        and query.get("From", call.from_) == call.from_
        and query.get("Status", call.status) == call.status
        and query.get("ParentCallSid", call.parent_sid or "") == (call.parent_sid or "")
        and in_range(call.started or call.created, query, "StartTime")
        and in_range(call.ended, query, "EndTime")
    )
