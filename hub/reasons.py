"""Why something did not leave, ended, or was sorted as it was: a code of ours, and what others said in their own words.

The store keeps both; whoever shows them says the code's sentence, pages in the reader's language, programs in English.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    # a delivery is held, failed or never left
    WROTE_FIRST = "wrote_first"
    TAKEN_BACK = "taken_back"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_CONSENT = "no_consent"
    ADDRESS_BLOCKED = "address_blocked"
    ADDRESS_BOUNCED = "address_bounced"
    ADDRESS_CLAIMED = "address_claimed"
    NO_PURPOSE = "no_purpose"
    QUIET_HOURS = "quiet_hours"
    TOO_OFTEN = "too_often"
    OPEN_COMPLAINT = "open_complaint"
    PAUSED = "paused"
    RULE_BROKE = "rule_broke"
    CAMPAIGN_STOPPED = "campaign_stopped"
    REACHED_BEFORE = "reached_before"
    CAMPAIGN_GONE = "campaign_gone"
    UNRENDERED = "unrendered"
    MESSAGE_GONE = "message_gone"
    DELAYED = "delayed"
    GAVE_UP = "gave_up"
    TOO_LATE = "too_late"
    PROCESS_DIED = "process_died"
    DIED_BEFORE = "died_before"
    FOUND = "found"
    SENT_AGAIN = "sent_again"
    CALL_UNANSWERED = "call_unanswered"
    CUSTOMER_BUSY = "customer_busy"
    CUSTOMER_SILENT = "customer_silent"
    CUSTOMER_NOT_REACHED = "customer_not_reached"
    CUSTOMER_CANCELLED = "customer_cancelled"
    AGENT_BUSY = "agent_busy"
    AGENT_SILENT = "agent_silent"
    AGENT_NOT_REACHED = "agent_not_reached"
    AGENT_CANCELLED = "agent_cancelled"
    # a run of a sequence ended
    REPLIED = "replied"
    OPTED_OUT = "opted_out"
    CONVERSATION_CLOSED = "conversation_closed"
    NOT_REACHED = "not_reached"
    ERASED = "erased"
    FAST_FORWARD = "fast-forward"
    ORDERED = "ordered"
    GOAL_REACHED = "goal_reached"
    DECIDED = "decided"
    TAKEN_OUT = "taken_out"
    MERGED = "merged"
    # a message was sorted
    AGENT_SAID = "agent_said"
    ANSWERS_US = "answers_us"
    IN_OUR_NAME = "in_our_name"
    BY_A_FORM = "by_a_form"
    OWN_LIST = "own_list"
    REPORT = "report"
    SERVER_WORDS = "server_words"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    NOTHING_ELSE = "nothing_else"


@dataclass(frozen=True, slots=True)
class Reason:
    """code: of Why, or a word of the rule that decided; "" where only others' words are known. detail: those words, or
    what the code is about; they are shown as they stand."""

    code: str = ""
    detail: str = ""


NO_REASON = Reason()


def _(text: str) -> str:
    """Marks it for the catalogue."""
    return text


SENTENCES: dict[str, str] = {
    Why.WROTE_FIRST: _("the customer wrote first"),
    Why.TAKEN_BACK: _("taken back"),
    Why.CONSENT_WITHDRAWN: _("consent withdrawn"),
    Why.NO_CONSENT: _("no consent"),
    Why.ADDRESS_BLOCKED: _("the address is blocked"),
    Why.ADDRESS_BOUNCED: _("the address is bounced"),
    Why.ADDRESS_CLAIMED: _("the address is claimed, not confirmed"),
    Why.NO_PURPOSE: _("it names no purpose the customer agreed to, and answers in no open conversation"),
    Why.QUIET_HOURS: _("quiet hours where the customer lives"),
    Why.TOO_OFTEN: _("the customer has had enough advertising of late"),
    Why.OPEN_COMPLAINT: _("a complaint of the customer is open"),
    Why.PAUSED: _("paused by the customer until %(detail)s"),
    Why.RULE_BROKE: _("the rule that decides about it broke"),
    Why.CAMPAIGN_STOPPED: _("the campaign was stopped"),
    Why.REACHED_BEFORE: _("the customer was reached on another channel meanwhile"),
    Why.CAMPAIGN_GONE: _("the campaign is gone"),
    Why.UNRENDERED: _("the campaign cannot be rendered"),
    Why.MESSAGE_GONE: _("the message is gone"),
    Why.DELAYED: _("not delivered yet"),
    Why.GAVE_UP: _("gave up"),
    Why.TOO_LATE: _("it would come too late"),
    Why.PROCESS_DIED: _("the process died while it was being handed over"),
    Why.DIED_BEFORE: _("the process died before anything left"),
    Why.FOUND: _("found at the provider"),
    Why.SENT_AGAIN: _("sent again"),
    Why.CALL_UNANSWERED: _("the call ended before the customer answered"),
    Why.CUSTOMER_BUSY: _("the customer: the line was busy"),
    Why.CUSTOMER_SILENT: _("the customer: nobody answered"),
    Why.CUSTOMER_NOT_REACHED: _("the customer: the number could not be reached"),
    Why.CUSTOMER_CANCELLED: _("the customer: the call was cancelled"),
    Why.AGENT_BUSY: _("the agent's phone: the line was busy"),
    Why.AGENT_SILENT: _("the agent's phone: nobody answered"),
    Why.AGENT_NOT_REACHED: _("the agent's phone: the number could not be reached"),
    Why.AGENT_CANCELLED: _("the agent's phone: the call was cancelled"),
    Why.REPLIED: _("replied"),
    Why.OPTED_OUT: _("opted out"),
    Why.CONVERSATION_CLOSED: _("conversation closed"),
    Why.NOT_REACHED: _("our message did not reach them"),
    Why.ERASED: _("erased"),
    Why.FAST_FORWARD: _("fast-forward"),
    Why.ORDERED: _("ordered something"),
    Why.GOAL_REACHED: _("reached the goal"),
    Why.DECIDED: _("no quotation is left to be answered"),
    Why.TAKEN_OUT: _("taken out by a colleague"),
    Why.MERGED: _("goes on with the customer this one was merged into"),
    Why.AGENT_SAID: _("an agent said so"),
    Why.ANSWERS_US: _("it answers a message of ours"),
    Why.IN_OUR_NAME: _("it was sent in our name, as by a form"),
    Why.BY_A_FORM: _("a form or a shop sent it for somebody"),
    Why.OWN_LIST: _("the list is our own"),
    Why.REPORT: _("a delivery report (RFC 3464)"),
    Why.SERVER_WORDS: _("the words of a mail server"),
    Why.RECEIPT: _("a receipt or another report about a mail of ours"),
    Why.COMPLAINT: _("a complaint (RFC 5965)"),
    Why.NOTHING_ELSE: _("nothing says otherwise"),
}


def say(reason: Reason, translate: Callable[[str], str] = _) -> str:
    """A code nobody knows is said as it is: a rule of one's own may bring one (docs/architecture.md)."""
    sentence = translate(SENTENCES.get(reason.code, reason.code)) if reason.code else ""
    if reason.code == Why.PAUSED:
        return sentence % {"detail": reason.detail}
    return ": ".join(filter(None, (sentence, reason.detail)))
