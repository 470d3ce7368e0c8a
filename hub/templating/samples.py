"""Customers nobody is, for checking a template without a store: the usual one, and those that break templates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.config import CompanySettings
from hub.store.bought import Bought, Sold
from hub.templating.names import LINKS, bought_names
from hub.templating.values import bought_values, customer_values, message_values


@dataclass(frozen=True, slots=True)
class Sample:
    """complete: has a value for every field the template names; otherwise what is missing is only worth a warning."""

    name: str
    language: str
    complete: bool = True
    labels: tuple[str, ...] = ("newsletter",)


SAMPLES = (
    Sample("Ada Lovelace", "en"),
    Sample("Grete Müller-Öztürk", "de"),
    Sample("Łukasz Wolfeschlegelsteinhausenbergerdorff von und zu Hohenzollern-Sigmaringen", "pl", labels=()),
    Sample('{{ 7*7 }} <script>alert("x")</script> & "co"', "en"),
    Sample("李", "zh-TW"),
    Sample("", "", complete=False, labels=()),
)


BOUGHT = Bought((Sold("O2026-0001", "4711", "done", "EUR", 4_711_00, 1_767_225_600_000),), (("EUR", 4_711_00),), "new")


def sample_values(sample: Sample, uses: Iterable[str], company: CompanySettings) -> Mapping[str, Any]:
    """uses: the names the template uses; each field among them gets a value, and orders do."""
    names = {name.split(".")[2] for name in uses if name.startswith("customer.fields.")}
    fields = dict.fromkeys(sorted(names), "4711") if sample.complete else {}
    context = {name.split(".")[1]: "4711" for name in uses if name.startswith("context.")}
    about = company.model_dump()
    bought = bought_values(BOUGHT if sample.complete else None, bought_names(uses), sample.language, about)
    return message_values(
        customer_values(sample.name, sample.language, fields, sample.labels, bought),
        about,
        campaign="Sample campaign",
        links={link: f"https://hub.example.com/{link}" for link in LINKS},
        context=context,
    )
