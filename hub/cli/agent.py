"""`hub agent`: who may sign in. Never asks when nobody is at the keyboard."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from hub.accounts import add_account, find_account, invite, normal_email
from hub.cli._options import pass_settings
from hub.cli._store import auditing
from hub.clock import SystemClock
from hub.config import Settings
from hub.errors import InvalidInput, NotFound
from hub.factors.codes import reset_factors
from hub.model import Role
from hub.passwords import is_guessable
from hub.store.audit import Deed
from hub.store.database import Store, open_store
from hub.store.migrate import migrate

T = TypeVar("T")
ROLES = click.Choice([role.value for role in Role])


@click.group()
def command() -> None:
    """Add the people who work here."""


@command.command()
@click.argument("email")
@click.option("--name", required=True, help="As customers see it.")
@click.option("--role", type=ROLES, required=True)
@click.option("--password-file", help="A file whose first line is the password; - is standard input.")
@pass_settings
def add(settings: Settings, email: str, name: str, role: str, password_file: str | None) -> None:
    """Add a colleague; without a password, print a one-time link to choose one."""
    password = _read_password(password_file)
    click.echo(_run(settings, _adding(settings, email, name, Role(role), password)))


@command.command()
@click.argument("email")
@pass_settings
def link(settings: Settings, email: str) -> None:
    """Print a new one-time link with which a colleague chooses a password."""

    async def make(store: Store) -> str:
        agent = await find_account(store, email)
        if agent is None:
            raise NotFound(f"nobody here has the address {email}")
        async with auditing(store, Deed.LINK_MADE, agent.email):
            return _url(settings, await invite(store, SystemClock(), agent))

    click.echo(_run(settings, make))


@command.command("reset-second-factor")
@click.argument("email")
@pass_settings
def reset(settings: Settings, email: str) -> None:
    """Take away a colleague's app, passkeys and recovery codes; the password alone lets in again."""

    async def take_away(store: Store) -> None:
        agent = await find_account(store, email)
        if agent is None:
            raise NotFound(f"nobody here has the address {email}")
        async with auditing(store, Deed.FACTOR_RESET, agent.email):
            await store.write(reset_factors, agent.id, SystemClock().now())

    _run(settings, take_away)


def _adding(settings: Settings, email: str, name: str, role: Role, password: str) -> Callable[[Store], Awaitable[str]]:
    async def add_one(store: Store) -> str:
        async with auditing(store, Deed.AGENT_ADDED, f"{normal_email(email)} {role}"):
            agent = await add_account(store, SystemClock(), email, name, role, password)
        if password and is_guessable(password, (name, email, settings.company.name)):
            click.echo(
                f"This password is among the first that are guessed: {agent.email} should choose another", err=True
            )
        return agent.id if password else _url(settings, await invite(store, SystemClock(), agent))

    return add_one


def _run(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Works beside a running hub, and before its first start."""
    migrate(settings.store_url)
    return asyncio.run(_with_store(open_store(settings.store_url), work))


async def _with_store(store: Store, work: Callable[[Store], Awaitable[T]]) -> T:
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()


def _read_password(file: str | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            return ""
        question = "Password (empty: print a one-time link)"
        return str(click.prompt(question, hide_input=True, default="", show_default=False))
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as trouble:
        raise InvalidInput(f"{file}: cannot be read: {trouble}") from trouble
    password = text.splitlines()[0] if text else ""
    if not password:
        raise InvalidInput(f"{file}: holds no password")
    return password


def _url(settings: Settings, token: str) -> str:
    web = settings.web
    base = web.base_url.rstrip("/") or f"http://{web.host}:{web.port}"
    return f"{base}/password/{token}"
