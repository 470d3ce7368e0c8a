"""The subjects of a campaign as a person reads them, not as they are written."""

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps
from hub.campaigns.lifecycle import compile_now, preview_content
from hub.campaigns.variants import letters_of
from hub.errors import HubError
from hub.store.campaigns import Campaign
from hub.store.candidates import Candidate
from hub.templating.parts import MAIL


def read_subjects(
    conn: Connection, words: RenderDeps, campaign: Campaign, person: Candidate | None, now: int
) -> dict[str, str]:
    """Letter ("a" where nothing is tried) -> what this person would read; person: None for nobody in particular. A
    letter is missing where there is no subject, or the person lacks a value of it."""
    subjects: dict[str, str] = {}
    for letter in letters_of(campaign) or "a":
        try:
            content = compile_now(conn, words, campaign, letter)
            subject = preview_content(conn, words, content, MAIL, person, now).rendered.subject
        except HubError:  # the check tells it; whoever lacks a value gets nothing
            continue
        subjects |= {letter: subject} if subject else {}
    return subjects
