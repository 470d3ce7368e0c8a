"""The owner of a quotation is reminded of it while nobody answers: a task on its message, done by itself in the end."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.config import CompanySettings
from hub.languages import LANGUAGES
from hub.moments import wall_instant
from hub.sales.document import today
from hub.store.sales import Quote
from hub.store.tasks import Task, list_open_on_message
from hub.tasks import begin_task, complete, end_of_day

MORNING = time(9)  # when the owner hears of it
LONGEST = 365  # days


def remind(conn: Connection, quote: Quote, days: int, company: CompanySettings, at: int, by: str | None) -> None:
    """In so many days, by the company's clock, unless it is answered before. quote: as it was sent."""
    day = today(company, at) + timedelta(days=days)
    due = {"due_at": end_of_day(day.isoformat(), company.timezone), "due_on": day.isoformat()}
    remind_at = wall_instant(datetime.combine(day, MORNING), ZoneInfo(company.timezone))
    title = LANGUAGES[company.language].paper.unanswered_task.format(number=quote.number)
    about = {"customer_id": quote.customer_id, "conversation_id": quote.conversation_id, "message_id": quote.message_id}
    task = {**due, **about, "timezone": company.timezone, "remind_at": remind_at, "owner_id": quote.owner_id}
    begin_task(conn, {**task, "title": title}, at, by)


def list_reminders(conn: Connection, quote: Quote) -> list[Task]:
    """Open tasks on the message it went out with that name its number: others noted there are somebody's own."""
    if quote.message_id is None:
        return []
    found = list_open_on_message(conn, quote.customer_id, quote.message_id)
    return [task for task in found if quote.number in task.title]


def stop_reminding(conn: Connection, quote: Quote, at: int, by: str | None) -> None:
    """It was answered, taken back or sent again."""
    for task in list_reminders(conn, quote):
        complete(conn, task.id, at, by)
