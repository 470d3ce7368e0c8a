"""What a provider charges for a message stands at it and in the reports, as it came over the wire."""

from decimal import Decimal

from hub.model import DeliveryState, Role
from tests.rest import program_of
from tests.running import until
from tests.texting import open_world
from tests.web.browser import sign_in


async def test_what_a_message_cost_is_taken_from_twilios_list_and_shown_everywhere(store_url):
    async with open_world(store_url, backfill_seconds=1) as world:
        conversation = await world.hello()
        world.twilio.state.price = Decimal("0.0079")
        queued = await world.office.reply(conversation, text="It left today. " * 12, channel="sms")
        await world.office.delivery(queued, DeliveryState.DELIVERED)
        async with program_of(world.office.hub) as program:

            async def charged() -> bool:
                message = await program.must("GET", f"/messages/{queued.message_id}")
                [one] = message["deliveries"]
                return (one["cost"], one["currency"], one["state"]) == ("0.0158", "USD", "delivered")

            await until(charged, "what two segments cost")
        async with sign_in(world.office.hub, role=Role.OWNER) as owner:
            _, page = await owner.get(f"/conversations/{conversation.id}")
            assert "$0.0158" in page
            _, report = await owner.get("/reports")
            assert report.count("$0.0158") == 2
            assert "What messages cost" in report
