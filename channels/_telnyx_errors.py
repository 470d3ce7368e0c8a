"""What Telnyx's error numbers mean for a message, and what to do (https://developers.telnyx.com/api/errors).

A number stands in the answer to a request, where it decides what becomes of the message, or in a receipt that says why
it was not delivered, where it explains.
"""

from hub.errors import SendDoubtful, SendError

from ._fates import Fate, Meanings, error_of, sentence_of

OPTED_OUT = 40300
CODES: Meanings = {
    10001: (Fate.DEAD, "the number is not in service"),
    10002: (Fate.DEAD, "not a valid phone number"),
    10003: (Fate.SETUP, "our address for receipts is not accepted: web.base_url must be a public https address"),
    10004: (Fate.REFUSED, "something that Telnyx needs is missing"),
    10005: (Fate.SETUP, "there is no such thing in the account: check messaging_profile_id and api_base"),
    10006: (Fate.SETUP, "the API key may not use this messaging profile"),
    10007: (Fate.LATER, "an error at Telnyx"),
    10009: (Fate.SETUP, "Telnyx refuses the API key"),
    10010: (Fate.SETUP, "the API key may not send messages"),
    10011: (Fate.BUSY, "Telnyx asks to slow down"),
    10015: (Fate.REFUSED, "Telnyx does not understand the message"),
    10016: (Fate.DEAD, "not a full phone number"),
    10039: (Fate.REFUSED, "the account may send to confirmed numbers only: raise its level in the Telnyx portal"),
    20002: (Fate.SETUP, "the API key was revoked"),
    20006: (Fate.SETUP, "the API key has expired"),
    20012: (Fate.SETUP, "the Telnyx account is inactive: look at its balance"),
    20013: (Fate.SETUP, "the Telnyx account is blocked"),
    20014: (Fate.SETUP, "the Telnyx account is not verified"),
    20015: (Fate.SETUP, "the Telnyx account cannot send messages"),
    20016: (Fate.SETUP, "the Telnyx account needs verification of level 1"),
    20017: (Fate.SETUP, "the Telnyx account needs verification of level 2"),
    20100: (Fate.SETUP, "the balance of the Telnyx account is used up"),
    40001: (Fate.DEAD, "a landline, or a number that takes no texts"),
    40002: (Fate.LATER, "taken for spam by the network, for now"),
    40003: (Fate.REFUSED, "taken for spam: the network has blocked our number"),
    40004: (Fate.REFUSED, "rejected by the customer's network, which gives no reason"),
    40005: (Fate.REFUSED, "the message ran out of time on its way"),
    40006: (Fate.LATER, "the customer's network does not answer"),
    40008: (Fate.REFUSED, "the customer's network did not take it"),
    40009: (Fate.REFUSED, "the customer's network does not accept this text"),
    40010: (Fate.REFUSED, "our number is not registered (10DLC), which the network demands"),
    40011: (Fate.LATER, "too many messages for the customer's network"),
    40012: (Fate.DEAD, "the network says there is no such number"),
    40013: (Fate.SETUP, "the network does not accept our number: is it enabled for messages?"),
    40014: (Fate.REFUSED, "the message ran out of time in the queue of Telnyx"),
    40015: (Fate.REFUSED, "taken for spam by Telnyx"),
    40016: (Fate.LATER, "the day's limit of the network (10DLC) is reached"),
    40017: (Fate.REFUSED, "taken for spam by the network (10DLC)"),
    40018: (Fate.LATER, "the limit a minute of the network (10DLC) is reached"),
    40100: (Fate.SETUP, "our number is not enabled for messages"),
    40150: (Fate.SETUP, "our toll-free number is in no registry"),
    40151: (Fate.SETUP, "our number is still being enabled for messages"),
    OPTED_OUT: (Fate.REFUSED, "opted out: the customer answered STOP"),
    40301: (Fate.REFUSED, "that number does not take this kind of message"),
    40302: (Fate.REFUSED, "longer than Telnyx takes (ten parts)"),
    40304: (Fate.REFUSED, "this text and these files do not go together"),
    40305: (Fate.SETUP, "our number does not belong to the messaging profile: assign it in the Telnyx portal"),
    40306: (Fate.SETUP, "the messaging profile has no sender name"),
    40308: (Fate.REFUSED, "our number cannot send files"),
    40309: (Fate.REFUSED, "the messaging profile may not send to that country: allow it in the Telnyx portal"),
    40310: (Fate.DEAD, "not a number that texts can be sent to"),
    40311: (Fate.SETUP, "the messaging profile's secret is wrong"),
    40312: (Fate.SETUP, "the messaging profile is switched off"),
    40313: (Fate.SETUP, "the messaging profile's secret is missing"),
    40314: (Fate.SETUP, "the Telnyx account may not send messages"),
    40315: (Fate.SETUP, "our number is in bad repute and is not used"),
    40316: (Fate.REFUSED, "there is nothing to send"),
    40317: (Fate.REFUSED, "these files are not accepted: ten at most, 1 MB together"),
    40318: (Fate.BUSY, "the queue of Telnyx is full"),
    40319: (Fate.REFUSED, "that number does not take this kind of message from ours"),
    40320: (Fate.SETUP, "our number is not ready yet: its purchase is not complete"),
    40321: (Fate.SETUP, "the messaging profile has no number that can be used"),
    40322: (Fate.REFUSED, "blocked because of what it says"),
    40328: (Fate.REFUSED, "longer than Telnyx recommends"),
    40329: (Fate.REFUSED, "our toll-free number is not verified"),
}


def reason_of(code: int, words: str = "") -> str:
    return sentence_of(CODES, code, words or "Telnyx refused")


def refusal(status: int, code: int, words: str, retry_after: float | None = None) -> SendError:
    """What an answer other than 2xx means for the message; a gateway's 408 does not say that nothing was taken.
    retry_after: seconds, as the answer says."""
    reason = reason_of(code, words or f"Telnyx answered {status}")
    if status >= 500 or status < 400 or (status == 408 and code not in CODES):
        return SendDoubtful(reason)
    usual = Fate.BUSY if status in (425, 429) else Fate.SETUP if status == 401 else Fate.REFUSED
    fate = CODES[code][0] if code in CODES else usual
    return error_of(Fate.BUSY if status == 429 else fate, reason, retry_after)
