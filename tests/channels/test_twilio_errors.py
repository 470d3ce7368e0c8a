"""Each error number that Twilio's answers and receipts can hold says what becomes of the message, in a sentence."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hub.channel import Raw
from hub.clock import FakeClock
from hub.errors import SendDeferred, SendRejected
from hub.model import Outbound
from hub.sandbox.twilio import Trouble
from tests.doors import Ledger
from tests.people import ADA
from tests.twilio import Outside, outside

LIST = Path(__file__).parent.parent / "fixtures" / "twilio" / "errors.txt"
PUBLISHED = [(int(code), title) for code, _, title in (row.partition(" ") for row in LIST.read_text().splitlines())]
SETUP = "10001 20003 20004 20005 20006 20008 20404 21205 21210 21212 21213 21264 21267 21407 21601 21603 21606"
SETUP += " 21607 21609 21616 21657 21660 21661 21663 21668 30002 30037 63001 63002 63007 63008"
SETUP += " 21218 21226 21665 21666 21667 21701 21702 21704 21705 21709 21711 63020 63022 63051 63056 63059"
BUSY = "10004 14107 20429 21611 30001 63017 63018 63038"
LATER = "30003 30017 30020 30021 30022 30023 30027 30410 30454 30500 63009 63010 63012 63019 63037 63053"
DEAD = "21211 21214 21217 21401 21614 21635 30005 30006 63003 63024"


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("sms", clock) as opened:
        yield opened


@pytest.mark.parametrize(("code", "title"), PUBLISHED)
async def test_every_published_error_says_what_becomes_of_the_message(world, code, title):
    world.twilio.inject(Trouble.REFUSE, code=code, where="POST")

    with pytest.raises((SendDeferred, SendRejected)) as refused:
        await world.channel.send(Outbound("d" * 32, ADA.sms_address, "On its way"), Ledger())

    error, number = refused.value, str(code)
    assert str(error).endswith(f"({code})")
    assert str(error)[0].islower() or str(error).startswith(("Twilio", "WhatsApp"))
    assert title not in str(error)
    if isinstance(error, SendDeferred):
        assert number in f"{SETUP} {BUSY} {LATER}".split()
        assert error.of_provider == (number not in LATER.split())
    else:
        assert number not in f"{SETUP} {BUSY} {LATER}".split()
        assert error.bounced == (number in DEAD.split())


@pytest.mark.parametrize(("code", "title"), PUBLISHED)
async def test_a_receipt_explains_it_in_the_same_words(world, code, title):
    fields = {"MessageSid": "SM1", "MessageStatus": "undelivered", "To": ADA.phone, "ErrorCode": str(code)}

    [receipt] = world.channel.read(Raw("status", "SM1/undelivered", urlencode(fields).encode(), {"ref": ""}))

    assert receipt.reason.endswith(f"({code})")
    assert "undelivered" not in receipt.reason
    assert receipt.bounced == (str(code) in DEAD.split())


async def test_a_number_nobody_knows_is_told_in_the_providers_words(world):
    world.twilio.inject(Trouble.REFUSE, code=29999, where="POST")
    with pytest.raises(SendRejected, match=r"Error.*\(29999\)"):
        await world.channel.send(Outbound("d" * 32, ADA.sms_address, "On its way"), Ledger())
