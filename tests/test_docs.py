"""What is written about the hub is true: keys, commands, channels, links, and the example for newcomers."""

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from aiohttp import ClientSession, web
from multidict import CIMultiDict
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from hub.channel import ChannelSettings, Tools, Webhook
from hub.cli import hub
from hub.cli.bench import NAMES as BENCHES
from hub.clock import FakeClock
from hub.config import Settings, load_settings
from hub.errors import SendDeferred, SendDoubtful, SendRejected, Unreadable, WebhookForged
from hub.model import Address, Outbound
from hub.platform.crash import POINTS
from hub.registry import find_adapter, open_channel
from tests.newcomer import blocks
from tests.shape import FLOORS

ROOT = Path(__file__).parent.parent
CONFIG = (ROOT / "config.toml").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CHANNELS = sorted(
    path.stem for path in (ROOT / "channels").iterdir() if not path.name.startswith("_") and path.name != "py.typed"
)
INTERNAL = {"file", "channels"}  # not keys an operator writes
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
    "\0"
)[:-1]
ADDRESSES = [  # spelled so that this file does not hold them
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "pypi." + "org",
    "files.python" + "hosted",
    "proxy.golang" + ".org",
]
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|tmp/wt|root|home/\w+)/\w")


def keys_of(model: type[BaseModel], under: str = "") -> set[str]:
    keys = set()
    for name, field in model.model_fields.items():
        if not under and name in INTERNAL:
            continue
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys |= keys_of(section, f"{name}.")
        else:
            keys.add(under + name)
    return keys


def uncommented(text: str) -> str:
    """The file with its commented keys switched on; prose starts with a space after the #."""
    return re.sub(r"^#(?=[\w\[])", "", text, flags=re.MULTILINE)


def described_keys() -> set[str]:
    section, keys = "", set()
    for line in (ROOT / "docs/configuration.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            found = re.match(r"## \[(\w+)\]", line)
            section = f"{found[1]}." if found else ""
        elif cell := re.match(r"\| `([\w.]+)` \|", line):
            keys.add(section + cell[1])
    return keys


def commands(group: click.Group = hub, under: str = "hub") -> list[str]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        path = f"{under} {name}"
        found += commands(command, path) if isinstance(command, click.Group) else [path]
        if name == "bench":
            found[-1:] = [f"{path} {one}" for one in BENCHES]
    return found


def test_every_key_is_described():
    assert described_keys() == keys_of(Settings)


def test_sample_configuration_shows_every_key():
    tree = tomllib.loads(uncommented(CONFIG))
    shown = {key for key, value in tree.items() if not isinstance(value, dict)}
    sections = {name: value for name, value in tree.items() if isinstance(value, dict) and name != "channels"}
    shown |= {f"{name}.{key}" for name, section in sections.items() for key in section}
    assert shown == keys_of(Settings)


def test_sample_configuration_holds_the_defaults():
    assert load_settings(ROOT / "config.toml", {}) == Settings(file=ROOT / "config.toml")


@pytest.fixture
async def tools():
    async with ClientSession() as session:
        yield Tools(session, None, FakeClock(), "https://hub.example.com", b"s" * 32)


@pytest.mark.parametrize("name", tomllib.loads(uncommented(CONFIG))["channels"])
async def test_channel_of_the_sample_configuration_can_be_opened(name, tools):
    section = tomllib.loads(uncommented(CONFIG))["channels"][name]
    given = with_secrets(section)
    channel = open_channel(name, given, tools)
    assert channel.type == section["type"]
    await channel.close()


def with_secrets(section):
    """What the files of `x_file` would say."""
    values = {"token_file": "1234567890:AAexample"}
    return {
        key.removesuffix("_file"): with_secrets(value)
        if isinstance(value, dict)
        else values.get(key, "secret")
        if key.endswith("_file")
        else value
        for key, value in section.items()
    }


@pytest.mark.parametrize("type_name", CHANNELS)
def test_channel_has_a_page_that_describes_its_keys(type_name):
    page = page_with_its_kin(type_name)
    common = (ROOT / "docs/configuration.md").read_text("utf-8").partition("## [channels.")[2]
    fields = find_adapter(type_name).Settings.model_fields
    keys = {name: field.alias or name for name, field in fields.items()}
    missing = [key for name, key in keys.items() if f"`{key}`" not in page and f"[.{key}]" not in page]
    assert [key for key in missing if key not in ChannelSettings.model_fields or f"`{key}`" not in common] == []


def page_with_its_kin(type_name):
    """A channel's page, and those of other channels it sends the reader to."""
    page = (ROOT / f"docs/channels/{type_name}.md").read_text("utf-8")
    kin = re.findall(r"\]\((\w+)\.md", page)
    return page + "".join((ROOT / f"docs/channels/{name}.md").read_text("utf-8") for name in kin)


def test_readme_names_every_command():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [command for command in commands() if f"`{command}`" not in readme] == []
    spoken = set(re.findall(r"`(hub [a-z]+(?: [a-z]+)?)`", readme))
    assert spoken <= set(commands()) | {"hub serve"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert [
        link
        for link in links
        if not link.startswith(("http://", "https://", "mailto:", "#"))
        and not (page.parent / link.partition("#")[0]).exists()
    ] == []


def test_architecture_names_files_that_exist():
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = re.findall(r"`((?:hub|channels|tests)/[\w/]+\.py)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("question", "file", "answer"),
    [
        ("which conversation an inbound message joins", "hub/inbound/placement.py", "def place("),
        ("no SMS at night", "hub/outbound/plan.py", "def may_leave("),
        ("becomes `unknown`", "hub/outbound/reconcile.py", "Who settles it:"),
        ("how a channel is added", "CONTRIBUTING.md", "## Add a channel"),
        ("Assign to me", "hub/conversations.py", "def hand_over("),
        ("French", "docs/translating.md", "`hub/locale/fr.toml`"),
    ],
)
def test_newcomer_is_sent_to_the_file_with_the_answer(question, file, answer):
    text = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Where to look")[2].partition("\n## ")[0]
    [cell] = [row.split(" | ", 1)[1] for row in text.splitlines() if question in row.partition(" | ")[0]]
    [first, *_] = re.findall(r"\]\(([^)]+)\)|`([\w/]+\.\w+)`", cell)
    assert ((ROOT / "docs" / first[0]).resolve() if first[0] else ROOT / first[1]) == ROOT / file
    assert answer in (ROOT / file).read_text("utf-8")


def test_architecture_places_every_family():
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    assert [family for families in FLOORS for family in sorted(families) if f"`{family}`" not in text] == []


def test_crash_points_of_the_code_are_the_listed_ones():
    used = {
        name
        for path in ROOT.glob("hub/**/*.py")
        for name in re.findall(r"(?:crash\.point|crash_point|point)\(\"([a-z]+\.[a-z]+)\"\)", path.read_text("utf-8"))
    }
    assert used == set(POINTS)


def test_nothing_names_a_registry_or_somebodys_machine():
    wrong = []
    for name in TRACKED:
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".eml", ".wav", ".jpg", ".pdf"):
            continue
        text = path.read_text("utf-8", errors="replace")
        wrong += [f"{name}: {address}" for address in ADDRESSES if address in text]
        if path.name != "test_docs.py":
            wrong += [f"{name}: {found[0]}" for found in MACHINE_PATHS.finditer(text)]
    assert wrong == []


def test_lock_files_hold_hashes_and_no_addresses():
    for name in ("requirements.lock", "requirements-test.lock", "requirements-node.lock", "package-lock.json"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in re.sub(r'"funding": {[^}]*}', "", text), name  # where authors ask for money
        assert "--hash=sha256:" in text or '"integrity": "sha512-' in text, name


def test_what_runs_is_tested_in_the_same_versions():
    run = set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    test = set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements-test.lock").read_text("utf-8"), re.MULTILINE))
    assert run
    assert run <= test


def test_locks_pin_what_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for declared, name in (
        (project["project"]["dependencies"], "requirements.lock"),
        (project["dependency-groups"]["dev"], "requirements-test.lock"),
    ):
        pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for requirement in map(Requirement, declared):
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])


def example_channel():
    """The class that CONTRIBUTING shows."""
    code = blocks("python")[0]
    namespace = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), namespace)
    return namespace["PagerChannel"]


async def test_example_for_newcomers_carries_messages(tools, aiohttp_server):
    pages = []

    async def take(request):
        pages.append(await request.json())
        return web.json_response({"id": 7})

    app = web.Application()
    app.router.add_post("/pages", take)
    server = await aiohttp_server(app)
    adapter = example_channel()
    channel = adapter("pager", adapter.Settings(token="t0p", api_base=str(server.make_url("")).rstrip("/")), tools)

    webhook = Webhook("page", "POST", "/", CIMultiDict({"x-token": "t0p"}), b'{"id": 1, "from": "47", "text": "hi"}')
    [raw] = (await channel.receive(webhook)).raws
    [inbound] = channel.read(raw)
    assert (inbound.sender, inbound.text) == (Address("pager", "47"), "hi")
    with pytest.raises(WebhookForged):
        await channel.receive(Webhook("page", "POST", "/", CIMultiDict(), webhook.body))

    steps = []

    async def committing():
        steps.append("committing")

    sent = await channel.send(Outbound("d", Address("pager", "47"), "yes"), committing)
    assert (sent.provider_id, pages, steps) == ("7", [{"to": "47", "text": "yes"}], ["committing"])


@pytest.mark.parametrize("page", ["docs/promises.md", "docs/acceptance.md"])
def test_tables_of_proofs_name_tests_that_exist(page):
    file = ""
    for path, name in re.findall(r"`(?:(tests/[\w/]+\.py)(?:::)?)?(test_\w+)?`", (ROOT / page).read_text("utf-8")):
        file = path or file
        if name:
            assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file}::{name}"


@pytest.fixture
def pager(tools):
    def opened(api_base="http://127.0.0.1:1"):
        adapter = example_channel()
        return adapter("pager", adapter.Settings(token="t0p", api_base=api_base), tools)

    return opened


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"{", b"[]", b"7", b"{}", b'{"id": 1}', b'{"id": 1, "state": "eaten", "from": "47"}']
)
@pytest.mark.parametrize("action", ["page", "receipt"])
async def test_example_keeps_what_is_genuine_and_says_what_it_cannot_read(pager, action, body):
    webhook = Webhook(action, "POST", "/", CIMultiDict({"x-token": "t0p"}), body)
    [raw] = (await pager().receive(webhook)).raws
    assert raw.body == body
    with pytest.raises(Unreadable):
        pager().read(raw)


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (200, "no json", SendDoubtful),
        (400, "no such pager", SendRejected),
        (404, "", SendRejected),
        (429, "", SendDeferred),
        (500, "", SendDoubtful),
        (503, "", SendDoubtful),
        (0, "hangs up", SendDoubtful),
    ],
)
async def test_example_never_says_that_nothing_left_when_it_may_have(pager, aiohttp_server, status, text, expected):
    async def take(request):
        if not status:
            request.transport.abort()
        return web.Response(status=status or 200, text=text)

    async def committing():
        pass

    app = web.Application()
    app.router.add_post("/pages", take)
    server = await aiohttp_server(app)
    with pytest.raises(expected):
        await pager(str(server.make_url("")).rstrip("/")).send(Outbound("d", Address("pager", "47"), "yes"), committing)
    with pytest.raises(SendDeferred):
        await pager().send(Outbound("d", Address("pager", "47"), "yes"), committing)
