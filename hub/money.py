"""Exact sums: what the lines of a quotation cost, and the tax on them by rate.

Prices are without tax. A line is rounded to the smallest coin, and so is the tax of each rate on the sum of its lines,
half of a coin upwards, as an invoice does it (EN 16931, rules BR-CO-10 to BR-CO-17).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from babel.numbers import get_currency_precision

PRECISE = 50  # digits: more than any line allowed below can need


@dataclass(frozen=True, slots=True)
class SoldLine:
    """price: of one unit; tax and discount: in percent."""

    text: str
    quantity: Decimal
    price: Decimal
    unit: str = ""
    tax: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)

    def net(self, digits: int) -> Decimal:
        """Rounded to so many digits after the point."""
        with localcontext(prec=PRECISE):
            return rounded(self.quantity * self.price * (100 - self.discount) / 100, digits)


@dataclass(frozen=True, slots=True)
class Taxed:
    """What is taxed at one rate (percent), and the tax."""

    rate: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    net: Decimal
    taxes: Sequence[Taxed]
    gross: Decimal


def digits_of(currency: str) -> int:
    """2 of the euro, 0 of the yen."""
    return int(get_currency_precision(currency))


def total_of(lines: Sequence[SoldLine], digits: int = 2) -> Total:
    nets: dict[Decimal, Decimal] = {}
    for line in lines:
        rate = line.tax.normalize()
        nets[rate] = nets.get(rate, Decimal(0)) + line.net(digits)
    with localcontext(prec=PRECISE):
        taxes = [Taxed(rate, nets[rate], rounded(nets[rate] * rate / 100, digits)) for rate in sorted(nets)]
    net = sum((one.net for one in taxes), rounded(Decimal(0), digits))
    return Total(net, taxes, net + sum((one.tax for one in taxes), Decimal(0)))


def rounded(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
