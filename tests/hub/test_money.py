"""hub.money: sums to the coin, as a person with a pencil would do them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.money import SoldLine, total_of

AMOUNTS = st.decimals("-9999999.9999", "9999999.9999", places=4, allow_nan=False)
SHARES = st.decimals(0, 100, places=4, allow_nan=False)
LINES = st.builds(
    SoldLine,
    st.just("x"),
    st.decimals(0, "9999999.9999", places=4),
    AMOUNTS,
    tax=st.sampled_from([Decimal(rate) for rate in ("0", "7", "7.0", "19", "5.5")]),
    discount=SHARES,
)


def line(quantity, price, tax="0", discount="0"):
    return SoldLine("x", Decimal(quantity), Decimal(price), "", Decimal(tax), Decimal(discount))


def half_up(value: Fraction, digits: int) -> Fraction:
    scaled = abs(value) * 10**digits
    coins = int(scaled + Fraction(1, 2))
    return Fraction(coins, 10**digits) * (-1 if value < 0 else 1)


@pytest.mark.parametrize(
    ("lines", "net", "taxes", "gross"),
    [
        ([("2", "49.90", "19")], "99.80", [("19", "18.96")], "118.76"),
        ([("3", "0.333", "0")], "1.00", [("0", "0.00")], "1.00"),
        ([("1", "0.005", "0")], "0.01", [("0", "0.00")], "0.01"),
        ([("1", "10", "7"), ("1", "10", "19"), ("1", "5", "7.0")], "25.00", [("7", "1.05"), ("19", "1.90")], "27.95"),
        ([("1", "100", "19", "12.5")], "87.50", [("19", "16.63")], "104.13"),
        ([("1", "100", "19"), ("1", "-100", "19")], "0.00", [("19", "0.00")], "0.00"),
        ([], "0.00", [], "0.00"),
    ],
)
def test_sums_are_those_of_the_examples(lines, net, taxes, gross):
    total = total_of([line(*one) for one in lines])

    assert (f"{total.net:f}", f"{total.gross:f}") == (net, gross)
    assert [(f"{one.rate:f}", f"{one.tax:f}") for one in total.taxes] == taxes


def test_a_currency_without_coins_is_rounded_to_whole_units():
    total = total_of([line("3", "33.5", "10")], 0)

    assert (total.net, total.gross) == (Decimal(101), Decimal(111))


@given(st.lists(LINES, max_size=8), st.sampled_from([0, 2, 3]))
def test_any_lines_sum_up_as_fractions_do(lines, digits):
    total = total_of(lines, digits)
    nets = {}
    for one in lines:
        net = Fraction(one.quantity) * Fraction(one.price) * (100 - Fraction(one.discount)) / 100
        nets[Fraction(one.tax)] = nets.get(Fraction(one.tax), Fraction(0)) + half_up(net, digits)
    taxes = {rate: half_up(net * rate / 100, digits) for rate, net in nets.items()}

    assert {Fraction(one.rate): Fraction(one.net) for one in total.taxes} == nets
    assert {Fraction(one.rate): Fraction(one.tax) for one in total.taxes} == taxes
    assert Fraction(total.gross) == sum(nets.values()) + sum(taxes.values())
