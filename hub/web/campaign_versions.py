"""What the form of a campaign shows, field by field: two who write it see each other's words before any is lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from hub.campaigns import lifecycle
from hub.store.campaigns import Campaign, get_campaign, mark_campaign
from hub.store.kept_rows import lock_kept
from hub.templating.parts import spread
from hub.web.campaign_forms import keep_named, make_labels
from hub.web.versions import check_versions

FLAGS = ("track_links", "track_opens", "utm", "public")


def save_draft(
    conn: Connection, id: str, columns: dict[str, Any], was: str, known: Sequence[str], now: int
) -> Campaign:
    """Raises Overtaken where somebody else saved it since the form was shown."""
    lock_kept(conn, "campaigns", id)
    check_versions(was, shown_fields(get_campaign(conn, id), known))
    make_labels(conn, columns, now)
    kept = keep_named(get_campaign(conn, id), columns)
    return mark_campaign(conn, id, now, lifecycle.EDITABLE, **kept)


def shown_fields(campaign: Campaign, words: Sequence[str]) -> dict[str, str]:
    """words: those the form asks for. What is chosen of approved words, or named over the API, is not compared."""
    filled = spread(campaign.template)
    return {
        "name": campaign.name,
        "purpose": campaign.purpose,
        "channel": campaign.channel,
        **_audience(campaign.audience),
        "template_id": campaign.template_id or "",
        **{word: str(filled.get(word, "")) for word in words if not word.endswith(".json")},
        **_variants(campaign.test),
        "sender": campaign.sender,
        "hourly": str(campaign.hourly or ""),
        **{flag: "yes" if getattr(campaign, flag) else "" for flag in FLAGS},
        **_chain(campaign.fallback),
    }


def _audience(audience: Mapping[str, Any]) -> dict[str, str]:
    of = audience.get("recipients_of") or {}
    said = f"{of['campaign']} {of['fate']} {of.get('reason', '')}" if of else ""
    labels = ", ".join(audience.get("labels", ()))
    return {"labels": labels, "segment": str(audience.get("segment") or ""), "recipients_of": said}


def _variants(test: Mapping[str, Any]) -> dict[str, str]:
    found = {
        f"{word}_{letter}": str(said.get(word, ""))
        for letter, said in zip("bcd", test.get("variants", ()), strict=False)
        for word in ("subject", "template")
    }
    if found:
        found |= {name: str(test.get(name, "")) for name in ("share", "hours", "measure")}
        found["by_hand"] = "" if test.get("automatic", True) else "yes"
    return found


def _chain(fallback: Mapping[str, Any]) -> dict[str, str]:
    behind = {f"else_{number}": str(name) for number, name in enumerate(fallback.get("channels", ()), 1)}
    return behind | ({"patience": str(fallback.get("hours") or "")} if behind else {})
