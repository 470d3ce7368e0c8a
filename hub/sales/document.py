"""What a quotation says on paper, in a message and on its page: sums and days as the customer's
language writes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.amounts import Writing
from hub.config import CompanySettings
from hub.languages import LANGUAGES, best_tag
from hub.money import digits_of, total_of
from hub.store.customers import Customer, Reached
from hub.store.sales import Quote, lines_of


def writing_for(customer: Customer, company: CompanySettings, currency: str) -> Writing:
    return Writing(best_tag(customer.language, company.language), currency)


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
