"""`hub agent`: people are added without a question, and get in by a password or by a link that works once."""

import pytest
from click.testing import CliRunner

from hub.cli import hub


@pytest.fixture
def run(tmp_path):
    """The command on an empty store that nobody has migrated."""
    environment = {"HUB_STORE__URL": f"sqlite:///{tmp_path / 'hub.db'}"}

    def call(*words: str, typed: str = ""):
        return CliRunner().invoke(hub, ["agent", *words], input=typed, env=environment)

    return call


def test_password_may_come_from_standard_input(run):
    done = run(
        "add", "ada@example.com", "--name", "Ada", "--role", "owner", "--password-file", "-", typed="long enough 12\n"
    )

    assert done.exit_code == 0
    assert len(done.output.strip()) == 32


def test_password_that_is_guessed_first_is_taken_and_named(run):
    words = ("add", "ada@example.com", "--name", "Ada", "--role", "owner", "--password-file", "-")
    done = run(*words, typed="Password2026!\n")

    assert done.exit_code == 0
    assert len(done.stdout.strip()) == 32
    assert "first that are guessed" in done.stderr


def test_without_a_password_one_link_is_printed_alone(run):
    done = run("add", "ada@example.com", "--name", "Ada", "--role", "agent")

    assert done.exit_code == 0
    assert done.stdout.startswith("http://127.0.0.1:8080/password/")
    assert len(done.stdout.splitlines()) == 1


def test_same_address_is_added_once(run):
    run("add", "ada@example.com", "--name", "Ada", "--role", "agent")
    again = run("add", "ADA@example.com", "--name", "Ada", "--role", "agent")

    assert again.exception
    assert "already works here" in str(again.exception)


@pytest.mark.parametrize(
    "words",
    [("nonsense", "--name", "A", "--role", "agent"), ("ada@example.com", "--name", "A", "--role", "emperor")],
)
def test_wrong_words_are_refused(run, words):
    assert run("add", *words).exit_code != 0


def test_link_can_be_made_anew(run):
    run("add", "ada@example.com", "--name", "Ada", "--role", "agent")

    assert "/password/" in run("link", "ada@example.com").stdout


def test_second_factor_is_reset_for_who_works_here_only(run):
    run("add", "ada@example.com", "--name", "Ada", "--role", "owner")
    nobody = run("reset-second-factor", "grace@example.com")

    assert run("reset-second-factor", "Ada@example.com").exit_code == 0
    assert nobody.exit_code == 1
