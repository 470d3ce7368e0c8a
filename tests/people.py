"""The people the tests are about, and how each is reached. Names from history, handles nobody owns."""

from dataclasses import dataclass

from hub.model import Address


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an address of every kind; phone numbers are from the ranges set aside for fiction."""

    name: str
    email: str
    phone: str
    telegram: str

    @property
    def mail_address(self) -> Address:
        return Address("email", self.email)

    @property
    def sms_address(self) -> Address:
        return Address("sms", self.phone)

    @property
    def whatsapp_address(self) -> Address:
        return Address("whatsapp", self.phone)

    @property
    def voice_address(self) -> Address:
        return Address("voice", self.phone)

    @property
    def telegram_address(self) -> Address:
        return Address("telegram", self.telegram)


ADA = Person("Ada Lovelace", "ada@example.com", "+12025550101", "1815")
GRACE = Person("Grace Hopper", "grace@example.org", "+12025550106", "1906")
ALAN = Person("Alan Turing", "alan@example.net", "+447700900912", "1912")
EMMY = Person("Emmy Noether", "emmy@example.com", "+4915228817386", "1882")
PEOPLE = (ADA, GRACE, ALAN, EMMY)
