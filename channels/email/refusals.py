"""What a mail server's no means: for the one who wrote, and for what becomes of the message.

Subject and detail of enhanced status codes as registered (RFC 5248; the registry is
https://www.iana.org/assignments/smtp-enhanced-status-codes), mostly from RFC 3463, else as noted.
"""

import re

from hub.errors import SendDeferred, SendError, SendRejected

from .._fates import SetUpWrongly
from .wire import GOODBYE, Answer

DEAD = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
SIGN_IN = {530, 534, 535, 538}  # RFC 4954, sections 4 and 6; RFC 3207, section 4
OF_SETUP = {"5.1.7", "5.1.8", "5.7.8", "5.7.9", "5.7.11", "5.7.12", "5.7.27"}  # how we sign in, our own address
DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such|not exist|doesn't exist|not found|unknown recipient|invalid recipient|disabled",
    re.IGNORECASE,
)

MEANINGS = {
    "1.1": "there is no such mailbox at that address",
    "1.2": "that domain takes no mail",
    "1.3": "the address is not written as an address is",
    "1.4": "the address means several mailboxes",
    "1.6": "the mailbox has moved and nobody says where to",
    "1.7": "our own address is refused as not written right",
    "1.8": "the domain of our own address is not accepted",
    "1.9": "the mail went on to a server that reports nothing back",  # RFC 3886
    "1.10": "that domain says that it takes no mail",  # RFC 7505
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the mail is larger than that mailbox takes",
    "2.4": "the mailing list at that address does not work",
    "3.1": "the other mail server has no room left",
    "3.2": "the other mail server takes no mail just now",
    "3.3": "the other mail server cannot do what the mail needs",
    "3.4": "the mail is larger than the other mail server takes",
    "3.5": "the other mail server is not set up right",
    "4.1": "the other mail server does not answer",
    "4.2": "the connection to the other mail server broke",
    "4.3": "the other domain cannot be looked up just now",
    "4.4": "no mail server is known for that domain",
    "4.5": "the other mail server is busy",
    "4.6": "the mail went in a circle between servers",
    "4.7": "it was tried for days and could not be delivered",
    "5.1": "the mail servers do not understand each other",
    "5.2": "the mail servers do not understand each other",
    "5.3": "too many recipients at once",
    "5.4": "the mail servers do not understand each other",
    "5.5": "the mail servers do not understand each other",
    "6.1": "the other side does not take this kind of content",
    "6.2": "the mail would have to be converted, which is not allowed",
    "6.3": "the mail would have to be converted, which the server cannot do",
    "6.5": "the mail could not be converted on its way",
    "6.6": "a part of the mail could not be fetched",  # RFC 4468
    "6.7": "that server takes no addresses with letters beyond ASCII",  # RFC 6531
    "6.9": "that server takes no headers with letters beyond ASCII",  # RFC 6531
    "7.1": "the other side does not let us deliver there",
    "7.2": "we may not write to that mailing list",
    "7.3": "the mail cannot be delivered as securely as is asked for",
    "7.4": "the mail cannot be delivered as securely as is asked for",
    "7.5": "the mail cannot be delivered as securely as is asked for",
    "7.6": "the mail cannot be delivered as securely as is asked for",
    "7.7": "the mail was changed on its way",
    "7.8": "our mail server refuses our user name or password",  # RFC 4954
    "7.9": "our mail server wants another way to sign in",  # RFC 4954
    "7.10": "the other side takes encrypted connections only",  # RFC 5248
    "7.11": "our mail server lets us sign in over TLS only",  # RFC 4954
    "7.12": "our mail server wants the password to be set anew",  # RFC 4954
    "7.13": "the account at the other side is switched off",  # RFC 5248
    "7.14": "the mail servers do not trust each other",  # RFC 5248
    "7.15": "the other side does not take mail of this urgency just now",  # RFC 6710
    "7.16": "the mail is larger than this urgency allows",  # RFC 6710
    "7.17": "the mailbox belongs to somebody else by now",  # RFC 7293
    "7.18": "the domain belongs to somebody else by now",  # RFC 7293
    "7.19": "whether the mailbox has changed hands could not be found out",  # RFC 7293
    "7.20": "our mail has no valid DKIM signature: ask whoever looks after our domain",  # RFC 7372
    "7.21": "our mail has no DKIM signature that is accepted: ask whoever looks after our domain",  # RFC 7372
    "7.22": "our mail is not signed for our own domain: ask whoever looks after it",  # RFC 7372
    "7.23": "our domain does not list our mail server (SPF): ask whoever looks after it",  # RFC 7372
    "7.24": "the SPF record of our domain is not right: ask whoever looks after it",  # RFC 7372
    "7.25": "our mail server has no name for its address (reverse DNS): ask whoever looks after it",  # RFC 7372
    "7.26": "our mail fails the checks of its sender (SPF, DKIM, DMARC): ask whoever looks after it",  # RFC 7372
    "7.27": "the domain of our own address says that it takes no mail",  # RFC 7505
    "7.28": "the other side takes us for somebody who floods it",
    "7.29": "the checks that forwarders vouch for fail (ARC)",
    "7.30": "a server on the way cannot keep the mail encrypted",  # RFC 8689
}
OF_SUBJECT = {
    "1": "something is wrong with the address",
    "2": "something is wrong with the mailbox",
    "3": "something is wrong with the other mail server",
    "4": "the mail could not be brought to the other server",
    "5": "the mail servers do not understand each other",
    "6": "the other side does not take this content",
    "7": "the other side refuses the mail",
}


def explained(status: str, told: str) -> str:
    """A sentence for the agent before what the server told, as it stands; that alone where the code says nothing
    (x.0.0, one of a subject that is not registered, or none at all)."""
    code = status.partition(".")[2]
    meaning = MEANINGS.get(code) or OF_SUBJECT.get(code.partition(".")[0], "")
    return f"{meaning}: {told}" if meaning else told


def refusal(answer: Answer, said_to: bytes = b".") -> SendError:
    """A server's no as the error that says what to do next. said_to: the command, or the dot that ends a mail.

    A temporary no to MAIL, and 421 to anything, speak about the server (RFC 5321, section 3.8), a no to how we sign in
    or to our own address about our settings; any other about this recipient or this mail, and others go on.
    """
    told = explained(answer.status, f"the server said {answer}")
    if answer.temporary or answer.good:
        return SendDeferred(told, of_provider=said_to == b"MAIL" or answer.code == GOODBYE)
    if answer.status in OF_SETUP:
        return SetUpWrongly(told)
    if answer.code in SIGN_IN:
        return SetUpWrongly(f"our mail server wants us to sign in, or over TLS: the server said {answer}")
    worded = said_to == b"RCPT" and not answer.status and bool(DEAD_WORDS.search(answer.text))
    return SendRejected(told, bounced=worded or answer.status in DEAD)
