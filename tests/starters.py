"""The message templates the hub ships, and what each is given when it is sent."""

from hub.config import CompanySettings, Settings
from hub.templating.folders import find_folders, read_named
from hub.templating.template import MessageTemplate
from hub.templating.values import message_values

COMPANY = CompanySettings(
    name="Bergmann & Töchter",
    address="Lindenweg 4, 10115 Berlin",
    imprint="https://bergmann.example/impressum",
    website="https://bergmann.example",
)
LINKS = {link: f"https://hub.example.com/{link[0]}/6f1c" for link in ("unsubscribe", "preferences", "view")}
SALE = {
    "number": "2026-0417",
    "title": "Two garden doors, oiled oak",
    "total": "1.480,00 €",
    "link": "https://hub.example.com/q/6f1c",
    "valid_until": "12 Dec 2026",
    "note": "The parcel leaves on Monday.",
}
APPOINTMENT = {"date": "3 Dec 2026", "time": "14:30", "place": "Lindenweg 4", "person": "Lena Hoffmann"}
GIVEN: dict[str, dict[str, str]] = {  # by the program that sends it; a campaign gives nothing
    **dict.fromkeys(("quote", "order_confirmed", "order_shipped", "order_done", "order_cancelled"), SALE),
    "appointment_reminder": APPOINTMENT,
    "double_opt_in": {"link": "https://hub.example.com/s/6f1c"},
}
NEEDED = {"number", "total", "link", "date", "time"}  # of it; the rest may be missing


def names() -> list[str]:
    return list(find_folders(Settings()))


def starter(name: str, *, track: bool = False) -> MessageTemplate:
    return MessageTemplate(*read_named(Settings(), name), track=track)


def given_to(name: str, customer, *, whole: bool = True):
    """The values of one customer; whole: with what need not be given."""
    context = {key: value for key, value in GIVEN.get(name, {}).items() if whole or key in NEEDED}
    asked = not context  # nobody can unsubscribe from what they asked for
    return message_values(customer, COMPANY.model_dump(), links=LINKS if asked else {}, context=context)
