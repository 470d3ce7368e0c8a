"""Reads TwiML as strictly as the provider documents it, and says what is wrong with it."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hub.sandbox.twilio_state import SentWebhook, TwilioState

PARSE_FAILURE = 12100
SCHEMA_WARNING = 12200
BAD_CONTENT_TYPE = 12300
XML_TYPES = {"text/xml", "application/xml", "text/html"}
_CALLBACK = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
_RECORDING = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "trim"}
ATTRIBUTES: dict[str, set[str]] = {
    "Response": set(),
    "Say": {"voice", "language", "loop"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Gather": {"action", "method", "input", "numDigits", "timeout", "finishOnKey", "actionOnEmptyResult", "language"}
    | {"speechTimeout", "hints", "bargeIn"},
    "Dial": {"action", "method", "timeout", "timeLimit", "callerId", "record", "answerOnBridge", "hangupOnStar"}
    | {"ringTone", "sequential", "referUrl", "referMethod", "recordingTrack"}
    | _RECORDING,
    "Number": {"url", "method", "sendDigits", "byoc", "machineDetection"} | _CALLBACK,
    "Client": {"url", "method"} | _CALLBACK,
    "Conference": {"muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "waitUrl", "waitMethod"}
    | {"participantLabel", "maxParticipants"},
    "Identity": set(),
    "Parameter": {"name", "value"},
    "Record": {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "transcribe"}
    | {"transcribeCallback"}
    | _RECORDING,
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
    "Message": {"to", "from", "action", "method", "statusCallback"},
    "Body": set(),
    "Media": set(),
}


def parse_twiml(state: TwilioState, answer: SentWebhook) -> list[Element]:
    """The verbs of a document; an unreadable one is an alert and an empty list."""
    if answer.content_type == "text/plain":
        return _said(answer.body.decode(errors="replace"))
    if answer.content_type not in XML_TYPES:
        state.alert(BAD_CONTENT_TYPE, f"{answer.url}: invalid Content-Type {answer.content_type}")
        return []
    return parse_document(state, answer.body.decode(errors="replace"), answer.url)


def parse_document(state: TwilioState, text: str, where: str = "Twiml") -> list[Element]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        state.alert(PARSE_FAILURE, f"{where}: document type declarations are not accepted")
        return []
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 (no DTD gets here)
    except ElementTree.ParseError as trouble:
        state.alert(PARSE_FAILURE, f"{where}: document parse failure: {trouble}")
        return []
    if root.tag != "Response":
        state.alert(PARSE_FAILURE, f"{where}: the root element must be <Response>")
        return []
    for element in root.iter():
        _warn(state, element, where)
    return list(root)


def _warn(state: TwilioState, element: Element, where: str) -> None:
    known = ATTRIBUTES.get(element.tag)
    if known is None:
        state.alert(SCHEMA_WARNING, f"{where}: element <{element.tag}> is not known here")
        return
    for name in set(element.attrib) - known:
        state.alert(SCHEMA_WARNING, f"{where}: attribute {name} is not allowed in <{element.tag}>")


def _said(text: str) -> list[Element]:
    say = Element("Say")
    say.text = text
    return [say] if text.strip() else []
