"""What a quotation says on paper, in a message and on its page: sums and days as the customer's
language writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from hub.config import CompanySettings
from hub.languages import LANGUAGES, best_tag, locale_of
from hub.money import digits_of, total_of
from hub.store.customers import Customer, Reached
from hub.store.sales import Quote, lines_of


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


def writing_for(customer: Customer, company: CompanySettings, currency: str) -> Writing:
    return Writing(best_tag(customer.language, company.language), currency)


def coins(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(digits_of(currency)))


def amount_of(total: int, currency: str) -> Decimal:
    return Decimal(total).scaleb(-digits_of(currency))


def today(company: CompanySettings, at: int) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(company.timezone)).date()


def printed(
    quote: Quote, customer: Customer, reached: Sequence[Reached], company: CompanySettings, link: str, at: int
) -> dict[str, Any]:
    """Every text of the paper; `words` are the language's own (hub/locale)."""
    writing = writing_for(customer, company, quote.currency)
    words = LANGUAGES[writing.language].paper.model_dump()
    post = next((one.handle for one in reached if one.kind == "letter"), "")
    return {
        "language": writing.language,
        "words": words,
        "number": quote.number,
        "title": quote.title or f"{words['quotation']} {quote.number}",
        "date": writing.day(today(company, at).isoformat()),
        "valid_until": writing.day(quote.valid_until),
        "intro": quote.intro,
        "terms": quote.terms,
        "link": link,
        "company": company.model_dump(include={"name", "address", "imprint"}),
        "customer": {"name": customer.name, "address": post},
        **sums(quote.lines, writing),
    }


def sums(stored: Sequence[Mapping[str, str]], writing: Writing) -> dict[str, Any]:
    """Lines and totals in words."""
    lines, digits = lines_of(stored), digits_of(writing.currency)
    total = total_of(lines, digits)
    money, percent = writing.money, writing.percent
    return {
        "lines": [
            {
                "text": line.text,
                "quantity": writing.number(line.quantity),
                "unit": line.unit,
                "price": money(line.price),
                "tax": percent(line.tax),
                "discount": percent(line.discount) if line.discount else "",
                "net": money(line.net(digits)),
            }
            for line in lines
        ],
        "net": money(total.net),
        "taxes": [{"rate": percent(one.rate), "net": money(one.net), "tax": money(one.tax)} for one in total.taxes],
        "gross": money(total.gross),
    }
