"""Contract, "E-mail": what leaves by SMTP, its threading, its bounces, its encryption."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outsider.outside.hub import HubProcess
from tests.outsider.outside.letters import bounce, letter
from tests.outsider.outside.loop import Loop, free_port, until
from tests.outsider.outside.rest import Rest
from tests.outsider.outside.smtp import FakeRelay, post
from tests.outsider.outside.world import SUPPORT, World

ADA = "ada@example.com"


@pytest.fixture(scope="module")
def conversation(world: World) -> str:
    first = letter(f"Ada Lovelace <{ADA}>", SUPPORT, "hello", "Engines", Message_ID="<first@example.com>")
    post(world.listen, ADA, SUPPORT, first)
    return str(world.found("hello")["conversation_id"])


def test_an_answer_threads_with_the_mail_it_answers(world: World, conversation: str) -> None:
    world.reply(conversation, "good day")

    mail = world.relay.wait(ADA)[-1]
    assert mail.parsed["In-Reply-To"] == "<first@example.com>"
    assert "<first@example.com>" in mail.parsed["References"]
    assert mail.parsed["Subject"] == "Re: Engines"
    assert mail.parsed["From"].addresses[0].addr_spec == SUPPORT
    assert mail.parsed["To"].addresses[0].addr_spec == ADA
    assert "good day" in mail.text
    assert world.relay.problems == []


def test_the_message_id_is_the_provider_id(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "with an id")
    world.delivery(sent["id"], "sent")

    mail = next(mail for mail in world.relay.to(ADA) if "with an id" in mail.text)
    provider_id = world.rest.get(f"messages/{sent['id']}")["provider_id"]
    assert mail.parsed["Message-ID"] == f"<{provider_id}>"
    assert world.count(provider_id) == 1


def test_html_and_attachments_leave_as_given(world: World, conversation: str) -> None:
    file = world.rest.upload("Bericht ä.pdf", b"%PDF-1.4 bytes", "application/pdf")

    sent = world.reply(conversation, "see the *report*", html="<p>see the <b>report</b></p>", attachments=[file["id"]])

    world.delivery(sent["id"], "sent")
    mail = next(mail for mail in world.relay.to(ADA) if "see the *report*" in mail.text)
    assert "<b>report</b>" in mail.html
    [attached] = list(mail.parsed.iter_attachments())
    assert attached.get_filename() == "Bericht ä.pdf"
    assert attached.get_content() == b"%PDF-1.4 bytes"


def test_html_we_sent_is_shown_as_safely_as_html_that_came(world: World, conversation: str) -> None:
    html = '<p onclick="x()">hello<script>x()</script><img src="https://evil.example/p.gif"></p>'

    sent = world.reply(conversation, "hello in colour", html=html)

    assert sent["html_safe"].startswith("<p>hello<img")
    assert not any(word in sent["html_safe"] for word in ("script", "onclick", "evil.example"))
    world.delivery(sent["id"], "sent")
    assert [mail for mail in world.relay.to(ADA) if "evil.example/p.gif" in mail.html]


def test_what_we_sent_names_both_addresses_and_no_token(world: World, conversation: str) -> None:
    sent = world.reply(conversation, "from us to you")
    world.delivery(sent["id"], "sent")

    assert (sent["from"], sent["to"]) == (SUPPORT, ADA)
    mail = next(mail for mail in world.relay.to(ADA) if "from us to you" in mail.text)
    assert sent["author"] not in str(mail.parsed["From"])


def test_long_lines_and_dots_arrive_unharmed(world: World, conversation: str) -> None:
    text = ".\n..\n" + "ü" * 3000 + "\nFrom here"

    sent = world.reply(conversation, text)

    world.delivery(sent["id"], "sent")
    assert [mail for mail in world.relay.to(ADA) if mail.text.replace("\r\n", "\n").startswith(text)]
    assert world.relay.problems == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: evil@example.com", "a\nb", "a\rb"])
def test_a_subject_cannot_smuggle_headers(world: World, conversation: str, subject: str) -> None:
    answer = world.rest.ask("POST", f"conversations/{conversation}/replies", {"text": "x", "subject": subject})

    assert answer.status == 422
    assert answer.problem()


def test_a_refused_recipient_is_failed_with_the_servers_words(world: World) -> None:
    world.relay.refuse["gone@example.com"] = "550 5.1.1 no such user"
    customer = world.customer("Gone", email="gone@example.com")

    sent = world.rest.post("messages", {"customer_id": customer["id"], "text": "hello?"}, status=201)

    assert "5.1.1" in world.delivery(sent["id"], "failed")["reason"]


def test_a_temporary_refusal_is_tried_again(world: World, conversation: str) -> None:
    world.relay.plan = ["451 4.3.0 later please"]

    sent = world.reply(conversation, "second try")

    assert len(world.delivery(sent["id"], "sent", seconds=60)["attempts"]) >= 2
    assert len([mail for mail in world.relay.to(ADA) if "second try" in mail.text]) == 1


def test_a_lost_answer_to_the_final_dot_is_unknown_and_never_repeated(world: World, conversation: str) -> None:
    world.relay.plan = ["lose the answer"]

    sent = world.reply(conversation, "after the dot")

    world.delivery(sent["id"], "unknown", seconds=20)
    world.delivery(world.reply(conversation, "the next one")["id"], "sent")
    assert len([mail for mail in world.relay.to(ADA) if "after the dot" in mail.text]) == 1


def test_a_bounce_fails_the_delivery_and_marks_the_address(world: World) -> None:
    customer = world.customer("Bouncy", email="bouncy@example.com")
    sent = world.rest.post("messages", {"customer_id": customer["id"], "text": "hello bouncy"}, status=201)
    world.delivery(sent["id"], "sent")
    [mail] = world.relay.to("bouncy@example.com")

    assert post(world.listen, "", SUPPORT, bounce(mail.content, "bouncy@example.com")).startswith("250")

    assert world.delivery(sent["id"], "failed")["reason"]
    until(lambda: world.rest.get(f"customers/{customer['id']}")["addresses"][0]["state"] == "bounced")


def test_the_envelope_sender_of_a_bounce_about_nothing_of_ours_harms_nobody(world: World) -> None:
    customer = world.customer("Steady", email="steady@example.com")
    made_up = b"Message-ID: <not-ours@company.example>\r\nSubject: hm\r\n\r\n"

    post(world.listen, "", SUPPORT, bounce(made_up, "steady@example.com"))

    post(world.listen, ADA, SUPPORT, letter(ADA, SUPPORT, "after the false bounce"))
    world.found("after the false bounce")
    assert world.rest.get(f"customers/{customer['id']}")["addresses"][0]["state"] == "ok"


# --- encryption and sign-in ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by itself."""
    if not shutil.which("openssl"):
        raise RuntimeError("openssl is missing: install the package openssl")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(file), "-out", str(file) + ".crt"]
    subprocess.run(words, check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture(params=["starttls", "tls"])
def secure(
    request: pytest.FixtureRequest, loop: Loop, certificate: Path, tmp_path: Path
) -> Iterator[tuple[str, FakeRelay]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    relay = FakeRelay(loop, context, request.param == "tls", {"hub": "geheim"}).open()
    yield request.param, relay
    relay.close()


def hub_with(folder: Path, relay: FakeRelay, security: str) -> HubProcess:
    config = folder / "config.toml"
    config.write_text(f"""
[store]
url = "sqlite:///hub.db"
[web]
port = {free_port()}
[channels.mail]
type = "email"
address = "{SUPPORT}"
smtp = {{ host = "localhost", port = {relay.port}, security = "{security}", username = "hub", password = "geheim" }}
""")
    return HubProcess(config)


def test_security_encrypts_and_signs_in(
    secure: tuple[str, FakeRelay], certificate: Path, tmp_path: Path, loop: Loop
) -> None:
    security, relay = secure
    with hub_with(tmp_path, relay, security) as hub:
        hub.start(env={"SSL_CERT_FILE": f"{certificate}.crt"})
        rest = Rest(loop, hub.address, hub.command("token", "add", "x").stdout.strip())

        rest.post("messages", {"to": {"kind": "email", "handle": ADA}, "text": "secret"}, status=201)

        [mail] = relay.wait(ADA)
    assert mail.encrypted
    assert mail.login == "hub"


def test_an_untrusted_certificate_gets_no_mail_and_no_password(
    secure: tuple[str, FakeRelay], tmp_path: Path, loop: Loop
) -> None:
    security, relay = secure
    with hub_with(tmp_path, relay, security) as hub:
        hub.start()
        rest = Rest(loop, hub.address, hub.command("token", "add", "x").stdout.strip())

        sent = rest.post("messages", {"to": {"kind": "email", "handle": ADA}, "text": "secret"}, status=201)

        delivery = lambda: rest.get(f"messages/{sent['id']}")["deliveries"][0]  # noqa: E731
        until(lambda: delivery()["attempts"] and delivery()["attempts"][0]["result"])
        assert relay.mails == []
        assert delivery()["state"] in ("queued", "failed")
