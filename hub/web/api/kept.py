"""Whose is what is kept to be used again, a snippet or a macro: a token of teams makes and changes only theirs."""

from sqlalchemy import Connection

from hub.errors import NotFound
from hub.store.teams import get_team
from hub.store.visibility import Visibility
from hub.web.api.problems import Refused


def owning_team(conn: Connection, who: Visibility, team: str | None) -> str | None:
    """The team that was named; where none was, of a token of one team that one, of any other everybody's (None).

    Raises NotFound for a team that is not seen, Refused where one of several must be named."""
    if team and not who.covers(get_team(conn, team).id, None):
        raise NotFound("there is no such team")
    if team or who.teams is None:
        return team
    if len(who.teams) > 1:
        raise Refused(422, "name one of the teams of this token")
    return next(iter(who.teams))


def check_own(who: Visibility, team_id: str | None) -> None:
    """Raises Refused: what is everybody's is not changed by a token of teams."""
    if who.teams is not None and team_id not in who.teams:
        raise Refused(403, "this token changes only what belongs to its teams")
