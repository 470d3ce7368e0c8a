"""Public holidays of a country, or of one of its states, as days on which nobody answers.

The library that knows them is loaded when it is asked for the first time: a hub that is not asked stays smaller.
"""

from collections.abc import Iterable
from importlib import import_module

STATES = {  # by country: what a state is called by ISO 3166-2, and by its people
    "DE": {
        "BW": "Baden-Württemberg",
        "BY": "Bayern",
        "BE": "Berlin",
        "BB": "Brandenburg",
        "HB": "Bremen",
        "HH": "Hamburg",
        "HE": "Hessen",
        "MV": "Mecklenburg-Vorpommern",
        "NI": "Niedersachsen",
        "NW": "Nordrhein-Westfalen",
        "RP": "Rheinland-Pfalz",
        "SL": "Saarland",
        "SN": "Sachsen",
        "ST": "Sachsen-Anhalt",
        "SH": "Schleswig-Holstein",
        "TH": "Thüringen",
    }
}


def list_holidays(country: str, state: str, years: Iterable[int]) -> tuple[str, ...]:
    """ISO dates, in order; state: "" for what holds all over the country. none for a place that is not known."""
    library = import_module("holidays")
    try:
        found = library.country_holidays(country, subdiv=state or None, years=list(years))
    except NotImplementedError:  # a country or state that nobody has written down yet
        return ()
    return tuple(sorted(day.isoformat() for day in found))
