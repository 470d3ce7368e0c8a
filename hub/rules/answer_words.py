"""What an automatic reply says: in the customer's language, with the hour at which somebody is there again."""

from collections.abc import Mapping

from hub.config import CompanySettings
from hub.errors import InvalidInput
from hub.goals import opening
from hub.hours import Hours
from hub.store.auto_replies import Words
from hub.templating.answer import answer_values, check_answer, fill_answer

MAX_SUBJECT, MAX_TEXT = 200, 5_000


def language_of(words: Mapping[str, Words], wanted: str, company: str) -> str:
    """The customer's if there are words in it, else the company's, else the first there is."""
    tags = (wanted[:2].lower(), company)
    return next((tag for tag in tags if tag in words), next(iter(words)))


def said_in(words: Words, language: str, company: CompanySettings, hours: Hours, now: int) -> Words:
    """Filled in. Raises BrokenTemplate."""
    values = answer_values(company.model_dump(), opening(hours, language, now))
    return Words(" ".join(fill_answer(words.subject, values).split()), fill_answer(words.text, values))


def checked(words: Mapping[str, Words], company: CompanySettings) -> Mapping[str, Words]:
    """Without the languages that say nothing. Raises InvalidInput, which names the field."""
    kept = {tag: Words(" ".join(one.subject.split()), one.text.strip()) for tag, one in words.items()}
    kept = {tag: one for tag, one in kept.items() if one.text or one.subject}
    mute = next((tag for tag, one in kept.items() if not one.text), None)
    if mute or not kept:
        raise InvalidInput("an automatic reply says something", f"text_{mute or next(iter(words))}", "auto_reply_text")
    for tag, one in kept.items():
        if len(one.subject) > MAX_SUBJECT or len(one.text) > MAX_TEXT:
            raise InvalidInput(f"at most {MAX_TEXT} characters", f"text_{tag}", "auto_reply_long")
        if any(check_answer(part, company.model_dump()) for part in (one.subject, one.text)):
            raise InvalidInput(f"what is said in {tag} cannot be filled in", f"text_{tag}", "broken_auto_reply")
    return kept
