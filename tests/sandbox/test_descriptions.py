"""hub.sandbox plays the providers as they describe themselves: Twilio's clients of Python are generated from its
published API description (twilio-oai), and python-telegram-bot has a class for whatever the Bot API documents and
keeps aside what it does not know."""

import ast
import inspect
import re
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot, File, Message, TelegramObject, Update, User, WebhookInfo
from twilio.base.page import Page
from twilio.base.version import Version
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account import AccountInstance
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance
from twilio.rest.api.v2010.account.message import MessageInstance
from twilio.rest.api.v2010.account.message.media import MediaInstance
from twilio.rest.api.v2010.account.recording import RecordingInstance
from twilio.rest.content.v1.content_and_approvals import ContentAndApprovalsInstance
from twilio.twiml import messaging_response, voice_response

from hub.clock import FakeClock
from hub.sandbox.telegram import TelegramSandbox
from hub.sandbox.telegram_methods import METHODS
from hub.sandbox.twilio import Caller, TwilioSandbox, answers, busy
from hub.sandbox.twilio_errors import ERRORS
from hub.sandbox.twilio_state import Content
from hub.sandbox.twilio_twiml import ATTRIBUTES
from tests.people import ADA, GRACE
from tests.twilio import ACCOUNT, AGENT, LINE, TOKEN

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT.parent / "hub" / "sandbox").glob("twilio*.py"))
PUBLISHED = {int(row.split()[0]) for row in (ROOT / "fixtures" / "twilio" / "errors.txt").read_text().splitlines()}
BOT = "4242:AAsandbox_token-0123456789"
CONTENT = Content(sid="HX" + "0" * 32, name="order", language="en", body="Hello {{1}}", variables={"1": "Ada"})
NUMBER = "PN" + "0" * 32
PNG = b"\x89PNG\r\n\x1a\n"
SAYS = '<Response><Record maxLength="5" action="/done"/></Response>'


class Asked(dict[str, Any]):
    """Which properties of a resource its published class takes."""

    def __init__(self, resource: dict[str, Any]) -> None:
        super().__init__(resource)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


class Wire(HttpClient):
    """Remembers the fields of the one request that it answers."""

    def __init__(self) -> None:
        self.fields: set[str] = set()

    def request(self, method: str, uri: str, *args: Any, **more: Any) -> Any:
        self.fields = {name for given in (*args[:2], more.get("params"), more.get("data")) for name in given or ()}
        return Response(201, "{}")


# --- Twilio ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def twilio(clock: FakeClock) -> AsyncIterator[TwilioSandbox]:
    sandbox = TwilioSandbox(ACCOUNT, TOKEN, clock)
    await sandbox.start()
    sandbox.connect(LINE)
    sandbox.approve(CONTENT)
    sandbox.phone(AGENT, answers())
    yield sandbox
    await sandbox.stop()


async def told(twilio: TwilioSandbox, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    url = f"{twilio.origin}{path}" if path.startswith("/v1") else f"{twilio.origin}/2010-04-01/Accounts/{ACCOUNT}{path}"
    account = aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
    async with (
        aiohttp.ClientSession(headers={"Authorization": account}) as session,
        session.request("POST" if form else "GET", url, data=form) as answer,
    ):
        assert answer.status < 300, await answer.text()
        return dict(await answer.json())


def published(kind: type[Any], resource: dict[str, Any]) -> set[str]:
    given, names = Asked(resource), inspect.signature(kind).parameters
    kind(
        Version(Client(ACCOUNT, TOKEN, http_client=Wire()).api, "2010-04-01"),
        given,
        **{key: "AC1" for key in names if key in ("account_sid", "message_sid")},
    )
    return given.names


async def test_every_resource_has_the_properties_of_the_description_and_no_others(twilio):
    await twilio.text(ADA.phone, LINE, "Look", media=[("image/png", PNG)])
    call = await told(twilio, "/Calls.json", {"To": AGENT, "From": LINE, "Twiml": SAYS})
    twilio.state.add_recording(call["sid"], "RecordVerb", 5, b"RIFF")
    await twilio.idle()
    [message] = (await told(twilio, "/Messages.json"))["messages"]
    [media] = (await told(twilio, f"/Messages/{message['sid']}/Media.json"))["media_list"]
    [recording] = (await told(twilio, f"/Calls/{call['sid']}/Recordings.json"))["recordings"]
    [number] = (await told(twilio, "/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
    [content] = (await told(twilio, "/v1/ContentAndApprovals"))["contents"]

    resources = {
        AccountInstance: await told(twilio, ".json"),
        MessageInstance: message,
        MediaInstance: media,
        CallInstance: call,
        RecordingInstance: recording,
        IncomingPhoneNumberInstance: number,
        ContentAndApprovalsInstance: content,
    }
    differences = {kind.__name__: set(shown) ^ published(kind, shown) for kind, shown in resources.items()}
    assert {name: odd for name, odd in differences.items() if odd} == {}


@pytest.mark.parametrize("path", ["/Messages.json", "/Calls.json", "/Recordings.json", "/IncomingPhoneNumbers.json"])
async def test_a_list_says_where_it_goes_on_as_described(twilio, path):
    page = await told(twilio, path)

    assert len(set(page) - Page.META_KEYS) == 1
    assert {"page", "page_size", "uri", "first_page_uri", "next_page_uri", "previous_page_uri"} <= set(page)


async def test_states_are_those_of_the_description(twilio):
    await twilio.text(ADA.phone, LINE, "Hello")
    twilio.phone(GRACE.phone, busy())
    for number in (AGENT, GRACE.phone):
        await told(twilio, "/Calls.json", {"To": number, "From": LINE, "Twiml": SAYS})
    await told(twilio, "/Messages.json", {"To": ADA.phone, "From": LINE, "Body": "Hello"})
    await twilio.call(ADA.phone, LINE, Caller())
    await twilio.idle()

    assert {one.status for one in twilio.messages} <= words_of(MessageInstance.Status)
    assert {one.direction for one in twilio.messages} <= words_of(MessageInstance.Direction)
    assert {one.status for one in twilio.calls} <= words_of(CallInstance.Status)
    assert {one.source for one in twilio.recordings} <= words_of(RecordingInstance.Source)


def words_of(enumeration: type[object]) -> set[str]:
    return {word for name, word in vars(enumeration).items() if name.isupper()}


def test_what_is_read_of_a_request_is_a_parameter_of_the_description():
    read = {name for path in SOURCES for name in read_fields(path)}

    assert "ContentVariables" in read
    assert read <= parameters("messages") | parameters("calls") | updates()


def read_fields(path: Path) -> Iterator[str]:
    """The names of form fields in calls of `first`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "first":
            yield ast.literal_eval(node.args[1])


def parameters(resource: str) -> set[str]:
    return sent_by(lambda account: getattr(account, resource).create)


def updates() -> set[str]:
    return (
        sent_by(lambda account: account.calls("CA1").update)
        | sent_by(lambda account: account.messages("SM1").update)
        | sent_by(lambda account: account.incoming_phone_numbers("PN1").update)
    )


def sent_by(choose: Callable[[Any], Callable[..., Any]]) -> set[str]:
    """The names that the generated client gives the fields of this request when everything is said."""
    wire = Wire()
    verb = choose(Client(ACCOUNT, TOKEN, http_client=wire).api.account)
    verb(
        **{
            name: ["a"] if name in ("media_url", "status_callback_event") else "a"
            for name in inspect.signature(verb).parameters
        }
    )
    return wire.fields


def test_documents_are_read_with_the_verbs_and_attributes_of_the_package():
    kinds = {
        kind.__name__: kind
        for module in (voice_response, messaging_response)
        for kind in vars(module).values()
        if inspect.isclass(kind)
    }
    for verb, attributes in ATTRIBUTES.items():
        if verb != "Response":
            assert attributes <= attributes_of(verb, kinds), verb


def attributes_of(verb: str, kinds: dict[str, Any]) -> set[str]:
    """What the methods that put this verb into a document take."""
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", verb).lower()
    makers = [vars(kind)[method] for kind in kinds.values() if method in vars(kind)]
    named = {name.strip("_") for maker in makers for name in inspect.signature(maker).parameters}
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), name) for name in named}


def test_errors_are_those_of_the_published_list():
    assert {code for code in ERRORS if ERRORS[code][0] < 500} <= PUBLISHED


# --- Telegram --------------------------------------------------------------------------------------------------


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    sandbox = TelegramSandbox(BOT, clock)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


async def called(telegram: TelegramSandbox, method: str, **params: Any) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.origin}/bot{BOT}/{method}", json=params) as answer,
    ):
        told = await answer.json()
        assert told["ok"], told
        return told["result"]


def unknown(thing: object) -> list[str]:
    """What the package has no name for, anywhere in it."""
    if isinstance(thing, TelegramObject):
        inside = [name for key in thing.__slots__ if not key.startswith("_") for name in unknown(getattr(thing, key))]
        return [f"{type(thing).__name__}.{name}" for name in thing.api_kwargs] + inside
    if isinstance(thing, dict):
        return [name for one in thing.values() for name in unknown(one)]
    return [name for one in thing for name in unknown(one)] if isinstance(thing, list | tuple) else []


async def test_every_update_is_one_of_the_description(telegram):
    await called(telegram, "getUpdates", allowed_updates=Update.ALL_TYPES)
    number = await telegram.say(7001, "Hello", name="Ada Lovelace", username="ada")
    await telegram.say(7001, "Look", photo=PNG, document=None, reply_to=number)
    await telegram.say(7001, document=("a.pdf", "application/pdf", b"%PDF-"))
    await telegram.forward(7001, "Look", "Grace")
    await telegram.edit(7001, number, "Hello again")
    telegram.answer_as_business(7001, "I see to it", "B1")
    telegram.delete(7001, [number], "B1")
    telegram.react(7001, number, "👍")
    telegram.add_to_group(-7, 7001)
    telegram.block(7001)
    telegram.block(7001, blocked=False)

    brought = await called(telegram, "getUpdates")

    assert len(brought) == 11
    for update in brought:
        parsed = Update.de_json(update, None)
        assert parsed
        assert sum(getattr(parsed, kind) is not None for kind in Update.ALL_TYPES) == 1, update
        assert unknown(parsed) == []


async def test_every_answer_is_one_of_the_description(telegram):
    await telegram.say(7001, "Hello", name="Ada")
    told = [Message.de_json(await called(telegram, "sendMessage", chat_id=7001, text="Hello"), None)]
    file = telegram.keep("a.png", "image/png", PNG)
    for kind in ("photo", "document"):
        posted = await called(telegram, f"send{kind.title()}", chat_id=7001, caption="Look", **{kind: file.id})
        told.append(Message.de_json(posted, None))
    album = [{"type": "photo", "media": file.id}] * 2
    told += Message.de_list(await called(telegram, "sendMediaGroup", chat_id=7001, media=album), None)
    own = told[0].message_id
    edited = await called(telegram, "editMessageText", chat_id=7001, message_id=own, text="Hello again")
    told += [Message.de_json(edited, None), User.de_json(await called(telegram, "getMe"), None)]
    told += [File.de_json(await called(telegram, "getFile", file_id=file.id), None)]
    told += [WebhookInfo.de_json(await called(telegram, "getWebhookInfo"), None)]

    assert [unknown(one) for one in told] == [[]] * len(told)


def test_methods_and_their_parameters_are_those_of_the_description():
    tree = ast.parse(inspect.getsource(import_module(METHODS["getMe"].__module__)))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for name, method in METHODS.items():
        known = inspect.signature(getattr(Bot, re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name))).parameters
        assert set(asked_for(functions, method.__name__)) <= set(known) | {"reply_parameters"}, name


def asked_for(functions: dict[str, Any], name: str) -> Iterator[str]:
    """The parameters that a method reads, those of the others it calls left out."""
    for node in ast.walk(functions[name]):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("text", "number", "value")
        ):
            yield ast.literal_eval(node.args[0])
