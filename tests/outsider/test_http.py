"""Contract, "HTTP": the addresses that are not the REST API."""

import gzip

import pytest

from tests.outsider.outside.world import World


def test_healthz_says_alive(world: World) -> None:
    assert world.rest.ask("GET", "/healthz").status == 200


def test_readyz_says_the_store_is_reachable(world: World) -> None:
    assert world.rest.ask("GET", "/readyz").status == 200


def test_metrics_speak_prometheus(world: World) -> None:
    answer = world.rest.ask("GET", "/metrics")

    assert answer.status == 200
    assert answer.type == "text/plain"
    assert "# TYPE " in answer.text


def test_the_widget_is_javascript_of_at_most_3_kilobytes(world: World) -> None:
    answer = world.rest.ask("GET", "/widget.js", headers={"Accept-Encoding": "identity"})

    assert answer.status == 200
    assert answer.type in ("text/javascript", "application/javascript")
    assert len(gzip.compress(answer.content)) <= 3072


def test_the_sandbox_page_is_absent_without_its_switch(world: World) -> None:
    assert world.rest.ask("GET", "/sandbox", headers={"Authorization": ""}).status in (303, 302, 401, 403, 404)


@pytest.mark.parametrize("path", ["/live", "/sandbox"])
def test_live_and_sandbox_need_a_sign_in(world: World, path: str) -> None:
    answer = world.rest.ask("GET", path, headers={"Authorization": ""})

    assert answer.status in (302, 303, 401, 403, 404)
    assert "text/event-stream" not in answer.type


def test_an_unknown_page_is_404(world: World) -> None:
    assert world.rest.ask("GET", "/no/such/page", headers={"Authorization": ""}).status in (302, 303, 404)


@pytest.mark.parametrize("prefix", ["u", "p", "v", "c"])
def test_made_up_tokens_are_refused(world: World, prefix: str) -> None:
    answer = world.rest.ask("GET", f"/{prefix}/aaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb")

    assert 400 <= answer.status < 500


def test_an_unknown_channel_has_no_hook(world: World) -> None:
    assert world.rest.ask("POST", "/hooks/nothing/message", data={"a": "b"}).status in (403, 404)
