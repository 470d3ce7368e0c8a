"""Finds the time zone that another program means: by the city of its name, or by what Windows calls it (CLDR)."""

from collections import Counter
from collections.abc import Mapping
from functools import cache

from babel.core import get_global

from hub.clock import time_zones


def zone_of(name: str) -> str:
    """Its name in the tz database; "" for what is none."""
    return name if name in time_zones() else _named().get(" ".join(name.casefold().replace("_", " ").split()), "")


@cache
def _named() -> Mapping[str, str]:
    whole = {zone.casefold().replace("_", " "): zone for zone in time_zones()}
    places = [zone for zone in time_zones() if zone.count("/") == 1 and not zone.startswith(("Etc/", "posix", "right"))]
    cities = Counter(_city(zone) for zone in places)
    of_cities = {_city(zone): zone for zone in places if cities[_city(zone)] == 1}
    windows = {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}
    return {**windows, **of_cities, **whole}


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].casefold().replace("_", " ")
