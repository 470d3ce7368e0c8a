"""An operator's own template folder adds to what the hub ships, and says the truth about who is reached."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub.campaigns.check import Check, check_campaign
from hub.campaigns.content import RenderDeps
from hub.config import Settings
from hub.templating.checking import check_path
from hub.templating.folders import read_named

MAIL = '{% extends "_layout.html" %}{% block content %}<p>Hello {{ customer.name }}</p>{% endblock %}'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """templates/messages with one message that uses the shipped layout."""
    folder = tmp_path / "templates" / "messages" / "autumn"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Autumn")
    (folder / "email.html").write_text(MAIL)
    return folder


@pytest.fixture
def settings(own: Path) -> Settings:
    return Settings.model_validate({"templates": {"path": str(own.parent.parent)}})


def test_an_own_message_uses_the_shipped_layout(own, settings):
    assert check_path(own, settings) == []
    assert check_path(own.parent, settings) == []
    assert check_path(own / "email.html", settings) == []


def test_an_own_layout_hides_the_shipped_one_and_one_in_the_folder_hides_both(own, settings):
    (own.parent / "_layout.html").write_text("beside {% block content %}{% endblock %}")
    assert read_named(settings, "autumn")[1]["_layout.html"].startswith("beside")

    (own / "_layout.html").write_text("inside {% block content %}{% endblock %}")
    assert read_named(settings, "autumn")[1]["_layout.html"].startswith("inside")


def test_a_shipped_message_uses_the_own_layout(own, settings):
    (own.parent / "_layout.html").write_text("mine {% block content %}{% endblock %}")

    assert read_named(settings, "autumn")[1]["_layout.html"].startswith("mine")
    assert check_path(own.parent, settings) == []


def test_every_place_named_by_a_problem_exists(own, settings):
    (own.parent / "_layout.html").write_text("{{ company.nmae }}{% block content %}{% endblock %}")
    (own / "sms.txt").write_text("{{ nope }}")

    places = [Path(problem.file) for problem in check_path(own, settings)]

    assert {place.name for place in places} == {"_layout.html", "sms.txt"}
    assert all(place.exists() for place in places)


def test_the_command_knows_the_own_folder_of_the_configuration(own, tmp_path):
    (tmp_path / "config.toml").write_text('[templates]\npath = "templates"\n')
    command = [sys.executable, "-m", "hub", "template", "check", "--config", str(tmp_path / "config.toml"), str(own)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


async def checked(world, settings: Settings, template: str) -> Check:
    await world.customer("Ada Lovelace", email="ada@example.com")
    campaign = await world.campaign(template_id=template, template={})
    words = RenderDeps(settings, world.hub.signer, world.hub.base_url)
    return await world.hub.store.read(check_campaign, words, world.hub.outbox_deps, campaign, world.clock.now())


async def test_a_campaign_with_an_own_message_reaches_who_agreed(world, settings):
    found = await checked(world, settings, "autumn")

    assert (list(found.problems), found.reach.audience, found.reach.reachable, found.reach.excluded) == ([], 1, 1, {})


@pytest.mark.parametrize("broken", [b"{{ nope", b"\xff\xfe", b"{% include '_gone.html' %}"])
async def test_a_broken_message_is_no_lack_of_consent(world, settings, own, broken):
    (own / "email.html").write_bytes(broken)

    found = await checked(world, settings, "autumn")

    assert found.problems
    assert found.reach.excluded == {}
