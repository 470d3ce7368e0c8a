"""Contract, "Command line" and "Start": serving, stopping, tokens and agents made beside a running hub."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outsider.outside.browser import Browser, Page
from tests.outsider.outside.hub import HubProcess
from tests.outsider.outside.loop import Loop
from tests.outsider.outside.rest import Rest

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    config = tmp_path_factory.mktemp("start") / "config.toml"
    config.write_text('[store]\nurl = "sqlite:///hub.db"\n')
    running = HubProcess(config).start("--port", "0")
    yield running
    running.close()


@pytest.fixture
def rest(hub: HubProcess, loop: Loop) -> Rest:
    return Rest(loop, hub.address)


def test_port_0_takes_a_free_port_and_prints_it(hub: HubProcess) -> None:
    assert int(hub.address.rpartition(":")[2]) > 1023


def test_the_port_is_printed_also_when_the_world_knows_another_address(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[store]\nurl = "sqlite:///hub.db"\n[web]\nbase_url = "https://hub.company.example"\n')
    with HubProcess(config) as behind_a_proxy:
        behind_a_proxy.start("--port", "0")

        assert behind_a_proxy.address.startswith("http://127.0.0.1:")


def test_a_token_is_printed_alone_and_works_at_once(hub: HubProcess, rest: Rest) -> None:
    printed = hub.command("token", "add", "crm").stdout

    assert re.fullmatch(r"\S+\n", printed)
    rest.token = printed.strip()
    assert rest.get("customers")["items"] == []
    assert rest.ask("POST", "customers", {"name": "Ada"}).status == 201


def test_a_token_is_never_printed_twice(hub: HubProcess) -> None:
    assert hub.command("token", "add", "one").stdout != hub.command("token", "add", "two").stdout


def test_an_agent_with_a_password_file_signs_in_by_a_plain_form(hub: HubProcess, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    words = ("agent", "add", "grace@company.example", "--name", "Grace", "--role", "admin")
    hub.command(*words, "--password-file", str(tmp_path / "password"))
    browser = Browser(hub.address)

    where, page = browser.open("/login")
    where, _ = browser.submit(where, page, {"email": "grace@company.example", "password": PASSWORD})

    assert not where.startswith("/login")
    assert browser.open("/inbox")[0] == "/inbox"


def test_a_password_may_come_on_standard_input(hub: HubProcess) -> None:
    words = ("agent", "add", "edsger@company.example", "--name", "Edsger", "--role", "agent", "--password-file", "-")
    hub.command(*words, input=f"{PASSWORD}\n")
    browser = Browser(hub.address)

    where, _ = browser.submit(*browser.open("/login"), {"email": "edsger@company.example", "password": PASSWORD})

    assert not where.startswith("/login")


def test_a_wrong_password_stays_outside(hub: HubProcess) -> None:
    browser = Browser(hub.address)

    where, _ = browser.submit(*browser.open("/login"), {"email": "grace@company.example", "password": "wrong"})

    assert where.startswith("/login")
    assert browser.open("/inbox")[0].startswith("/login")


def test_the_sign_in_page_is_a_plain_form_with_one_email_and_one_password(hub: HubProcess) -> None:
    _, page = Browser(hub.address).open("/login")

    kinds = [kind for _, _, inputs in Page(page).forms for _, kind, _ in inputs]
    assert kinds.count("email") == 1
    assert kinds.count("password") == 1


def test_signed_out_visitors_of_any_page_are_led_to_the_sign_in_and_back(hub: HubProcess, tmp_path: Path) -> None:
    words = ("agent", "add", "ada@company.example", "--name", "Ada", "--role", "owner", "--password-file", "-")
    hub.command(*words, input=PASSWORD)
    _, front = Browser(hub.address).open("/")
    browser = Browser(hub.address)
    where, page = browser.open("/inbox?state=closed")
    assert where.startswith("/login")
    assert "password" in front

    where, _ = browser.submit(where, page, {"email": "ada@company.example", "password": PASSWORD})

    assert where == "/inbox?state=closed"


def test_without_a_password_a_one_time_link_is_printed_that_survives_being_looked_at(
    hub: HubProcess, rest: Rest
) -> None:
    done = hub.command("agent", "add", "barbara@company.example", "--name", "Barbara", "--role", "agent")
    link = re.search(r"https?://\S+", done.stdout)
    assert link, done.stdout
    path = "/" + link[0].split("/", 3)[3]
    assert rest.ask("HEAD", path).status == 200
    assert rest.ask("GET", path).status == 200
    browser = Browser(hub.address)
    where, page = browser.open(path)
    assert [kind for _, _, inputs in Page(page).forms for _, kind, _ in inputs].count("password") >= 1

    browser.submit(where, page, {"password": PASSWORD})

    fresh = Browser(hub.address)
    where, _ = fresh.submit(*fresh.open("/login"), {"email": "barbara@company.example", "password": PASSWORD})
    assert not where.startswith("/login")
    assert rest.ask("GET", path).status >= 400, "the link is used up"


def test_agent_add_never_prompts_when_nobody_sits_at_a_terminal(hub: HubProcess) -> None:
    try:
        done = hub.command("agent", "add", "x@company.example", "--name", "X", "--role", "agent", input="", timeout=30)
    except subprocess.TimeoutExpired:
        pytest.fail("agent add waits for somebody")
    assert "http" in done.stdout


def test_an_agent_twice_or_with_an_unknown_role_is_a_clear_error(hub: HubProcess) -> None:
    again = hub.command("agent", "add", "x@company.example", "--name", "X", "--role", "agent", ok=False)
    role = hub.command("agent", "add", "y@company.example", "--name", "Y", "--role", "king", ok=False)

    assert again.returncode != 0
    assert "x@company.example" in again.stderr
    assert role.returncode == 2
    assert "king" in role.stderr
    assert "Traceback" not in again.stderr + role.stderr


def test_sigterm_stops_cleanly_and_a_second_start_keeps_all_data(hub: HubProcess, rest: Rest) -> None:
    rest.token = hub.command("token", "add", "keeper").stdout.strip()
    customer = rest.post("customers", {"name": "Kept"})

    assert hub.stop() == 0
    hub.start("--port", "0")

    again = Rest(rest.loop, hub.address, rest.token)
    assert again.get(f"customers/{customer['id']}")["name"] == "Kept"


def test_a_taken_port_is_a_clear_error(hub: HubProcess) -> None:
    port = hub.address.rpartition(":")[2]

    done = hub.command("serve", "--port", port, ok=False)

    assert done.returncode not in (0, None)
    assert port in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
