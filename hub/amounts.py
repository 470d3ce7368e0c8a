"""How sums, numbers and days are written in a language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale, dates, numbers

from hub.languages import locale_of
from hub.money import digits_of


@dataclass(frozen=True, slots=True)
class Writing:
    """How one language writes what is sold in one currency."""

    language: str
    currency: str
    region: str = ""

    @property
    def locale(self) -> Locale:
        return locale_of(self.language, self.region)

    def money(self, amount: Decimal) -> str:
        """With at least the digits of its coins; a price of one unit may have more."""
        more = max(digits_of(self.currency), -int(amount.normalize().as_tuple().exponent))
        shown = amount if more > digits_of(self.currency) else round(amount, digits_of(self.currency))
        return str(
            numbers.format_currency(
                shown, self.currency, locale=self.locale, currency_digits=more <= 2, decimal_quantization=False
            )
        )

    def number(self, amount: Decimal) -> str:
        return str(numbers.format_decimal(amount.normalize(), locale=self.locale, decimal_quantization=False))

    def percent(self, amount: Decimal) -> str:
        return f"{self.number(amount)}\N{NO-BREAK SPACE}%"

    def day(self, day: str) -> str:
        return dates.format_date(date.fromisoformat(day), "medium", locale=self.locale) if day else ""


def coins(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(digits_of(currency)))


def amount_of(total: int, currency: str) -> Decimal:
    return Decimal(total).scaleb(-digits_of(currency))
