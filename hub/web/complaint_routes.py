"""The part of the sitemap that is about complaints, and about what customers say when they are asked how it was."""

from hub.store.audit import Deed
from hub.web import asked, complaints, goals
from hub.web.permissions import Permission
from hub.web.route import Handler, Route

READ, WRITE = Permission.READ_CONVERSATIONS, Permission.WRITE_CONVERSATIONS


def _changing(path: str, handler: Handler, deed: Deed = Deed.COMPLAINT_CHANGED) -> Route:
    return Route("POST", path, WRITE, handler, limit=40_000, deed=deed, once=deed is Deed.COMPLAINT_ADDED)


COMPLAINT_ROUTES: tuple[Route, ...] = (
    Route("GET", "/complaints", READ, complaints.index),
    Route("GET", "/complaints/{id}", READ, complaints.show),
    _changing("/complaints/{id}", complaints.update),
    _changing("/complaints/{id}/state", complaints.move),
    _changing("/complaints/{id}/restoration", complaints.restore),
    Route("GET", "/conversations/{id}/complaint", WRITE, complaints.propose),
    _changing("/conversations/{id}/complaint", complaints.create_for_conversation, Deed.COMPLAINT_ADDED),
    Route("GET", "/messages/{id}/complaint", WRITE, complaints.propose_message),
    _changing("/messages/{id}/complaint", complaints.create_for_message, Deed.COMPLAINT_ADDED),
)
SURVEY_ROUTES: tuple[Route, ...] = (
    Route("GET", "/s/{token}", Permission.PUBLIC, asked.show),
    Route("POST", "/s/{token}", Permission.PUBLIC, asked.create, csrf=False, limit=20_000),
    Route(
        "POST",
        "/settings/goals/{id}/survey",
        Permission.MANAGE,
        goals.update_survey,
        limit=20_000,
        deed=Deed.GOAL_CHANGED,
    ),
)
