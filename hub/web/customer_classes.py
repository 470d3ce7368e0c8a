"""What the classes of customers by their orders are called, and what each means, in the reader's language."""

from collections.abc import Mapping

from hub.store.value import BEST, FADING, FORMER, NEW, ONCE, REGULAR
from hub.web.locale import Speaker


def class_names(say: Speaker) -> Mapping[str, str]:
    """In the order in which they are shown."""
    _ = say.gettext
    return {
        BEST: _("Best customers"),
        REGULAR: _("Regular customers"),
        NEW: _("New customers"),
        ONCE: _("Bought once"),
        FADING: _("Fading customers"),
        FORMER: _("Former customers"),
    }


def class_meanings(say: Speaker) -> Mapping[str, str]:
    _ = say.gettext
    return {
        BEST: _("several orders, and among the fifth that spends most"),
        REGULAR: _("several orders, the last within a year"),
        NEW: _("one order, within the last 90 days"),
        ONCE: _("one order, more than 90 days ago"),
        FADING: _("three orders or more, but quiet for twice as long as usual"),
        FORMER: _("the last order is more than a year ago"),
    }
