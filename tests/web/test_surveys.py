"""Surveys: asked once after closing where the team wants it, answered once by link or number, and never by looking."""

import asyncio
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hub import complaints, conversations, surveys
from hub.campaigns.content import words_of
from hub.clock import DAY, MINUTE
from hub.goals import Goals
from hub.inbound.at_once import accept_now
from hub.model import DeliveryState, Role, Sort
from hub.outbound.compose import Reply, build
from hub.outbound.outbox import queue_reply
from hub.reasons import Reason
from hub.store.complaints import get_complaint
from hub.store.consents import WITHDRAWN, Consent, append_consent
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.deliveries import list_deliveries, mark_state
from hub.store.goals import Goal
from hub.store.messages import get_message
from hub.store.surveys import (
    AFTER,
    CSAT,
    NPS,
    OFF,
    SurveyFilter,
    SurveyRule,
    find_rule,
    get_survey,
    list_due_surveys,
    list_surveys,
    mark_rule,
)
from hub.store.teams import add_team
from tests.pager import page


async def close_and_ask(hub, clock, said, wait=AFTER):
    await hub.store.write(conversations.close, said.conversation_id, clock.now(), None)
    clock.forward(wait)
    await hub.store.write(surveys.ask_due, surveys.Asking(hub.outbox_deps, words_of(hub)), clock.now())
    return await hub.store.read(list_surveys, SurveyFilter(), None, 9)


@pytest.fixture
async def asked(hub, clock, says):
    """The survey that Ada got by text."""
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said = await says("Thank you, that was all")
    [survey] = await close_and_ask(hub, clock, said)
    return survey


def path_of(hub, survey):
    return f"/s/{hub.signer.sign('survey', survey.id)}"


async def test_nobody_is_asked_unless_the_team_wants_it(hub, clock, says):
    said = await says("Thank you")
    assert await close_and_ask(hub, clock, said) == []
    team = await hub.store.write(add_team, "Support", [], clock.now())
    await hub.store.write(mark_rule, "", SurveyRule(NPS, 7))
    await hub.store.write(mark_rule, team.id, SurveyRule(OFF))
    assert (await hub.store.read(find_rule, team.id)).kind == OFF
    assert await hub.store.read(find_rule, None) == SurveyRule(NPS, 7)


async def test_question_comes_on_the_customers_channel_in_words_that_fit(hub, asked):
    message = await hub.store.read(get_message, asked.message_id)
    assert (message.channel, message.automatic, "from 1 (badly) to 5" in message.text) == ("texts", True, True)
    assert (await hub.store.read(get_conversation, asked.conversation_id)).state == "closed"
    [delivery] = (await hub.store.read(list_deliveries, [asked.message_id]))[asked.message_id]
    assert (delivery.purpose, delivery.state) == ("satisfaction", "queued")


async def test_a_customer_is_asked_once_in_so_many_days(hub, clock, says, asked):
    for days, number in ((1, 1), (30, 2)):
        clock.forward(days * DAY)
        said = await says(f"Again after {days}")
        assert len(await close_and_ask(hub, clock, said)) == number


async def test_what_is_open_again_or_not_wanted_is_not_asked(hub, clock, says):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said = await says("Thank you")
    await hub.store.write(conversations.close, said.conversation_id, clock.now(), None)
    await hub.store.write(conversations.reopen, said.conversation_id, clock.now(), None)
    clock.forward(AFTER)
    way = surveys.Asking(hub.outbox_deps, words_of(hub))
    await hub.store.write(surveys.ask_due, way, clock.now())
    assert await hub.store.read(list_surveys, SurveyFilter(), None, 9) == []

    no = Consent("sms", "satisfaction", WITHDRAWN)
    await hub.store.write(append_consent, said.customer_id, no, clock.now())
    assert await close_and_ask(hub, clock, said) == []


async def test_looking_answers_nothing_and_the_first_answer_counts(hub, browser, asked):
    path, visitor = path_of(hub, asked), browser()
    for method in ("GET", "HEAD", "GET"):
        answer = await visitor.answer(method, path)
        assert (answer.status, answer.headers.get("Set-Cookie")) == (200, None)
    assert (await hub.store.read(get_survey, asked.id)).score is None
    both = await asyncio.gather(*(visitor.answer("POST", path, data={"score": score}) for score in ("4", "4")))
    assert [one.status for one in both] == [200, 200]
    await visitor.answer("POST", path, data={"score": "1"})
    for words in ("Friendly and fast", "And again"):
        await visitor.answer("POST", path, data={"comment": words})
    found = await hub.store.read(get_survey, asked.id)
    assert (found.score, found.via, found.comment) == (4, "link", "Friendly and fast")
    assert (await hub.store.read(get_conversation, asked.conversation_id)).state == "closed"


@pytest.mark.parametrize("score", ["", "0", "6", "five", "٣", "-1", "111"])
async def test_what_is_no_number_of_the_scale_is_refused_in_words(hub, browser, asked, score):
    answer = await browser().answer("POST", path_of(hub, asked), data={"score": score})
    assert (answer.status, "Please choose a number." in await answer.text()) == (422, True)
    assert (await hub.store.read(get_survey, asked.id)).score is None


async def test_forged_link_tells_nothing(hub, browser, asked):
    forged = path_of(hub, replace(asked, id="0" * 32))
    for path in (forged, path_of(hub, asked)[:-3], f"/s/{hub.signer.sign('quote', asked.id)}"):
        assert (await browser().answer("GET", path)).status == 404


async def test_low_score_opens_the_conversation_again(hub, browser, asked, signed_in):
    await browser().answer("POST", path_of(hub, asked), data={"score": "2", "comment": "Slow"})
    found = await hub.store.read(get_conversation, asked.conversation_id)
    assert (found.state, found.unread) == ("open", 1)
    _, page = await (await signed_in()).get(f"/customers/{asked.customer_id}?only=surveys")
    assert re.search(r"Asked how it was: 2 of 5 – Slow", page)


async def test_number_alone_answers_and_leaves_the_conversation_done(hub, clock, asked):
    await goes(hub, clock, asked)
    read = replace(hub, reactions=(surveys.heard,))
    for text, score in (("5 stars", None), ("7", None), (" 5\n", 5)):
        clock.forward(MINUTE)
        unit = page(**{"from": "+12025550101", "id": f"n{text}", "text": text})
        await accept_now(read.reader, hub.channels["texts"], unit)
        assert (await hub.store.read(get_survey, asked.id)).score == score


async def goes(hub, clock, survey, state=DeliveryState.SENT):
    [delivery] = (await hub.store.read(list_deliveries, [survey.message_id]))[survey.message_id]
    await hub.store.write(mark_state, delivery.id, state, Reason(""), clock.now())


async def answers(hub, clock, text, id="number"):
    clock.forward(MINUTE)
    unit = page(**{"from": "+12025550101", "id": id, "text": text})
    await accept_now(replace(hub, reactions=(surveys.heard,)).reader, hub.channels["texts"], unit)


async def test_number_that_answers_an_agents_question_is_no_score(hub, clock, asked):
    await goes(hub, clock, asked)
    await hub.store.write(conversations.reopen, asked.conversation_id, clock.now(), None)
    clock.forward(MINUTE)
    boxes = Reply(text="How many boxes shall we send?")
    await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id, boxes, clock.now())
    await answers(hub, clock, "3")
    found = await hub.store.read(get_conversation, asked.conversation_id)
    assert (found.state, found.unread) == ("open", 1)
    assert (await hub.store.read(get_survey, asked.id)).score is None


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.CANCELLED])
async def test_survey_that_reached_nobody_is_none(hub, clock, says, asked, state):
    await answers(hub, clock, "5", "before it left")
    assert (await hub.store.read(get_survey, asked.id)).score is None
    await goes(hub, clock, asked, state)
    await answers(hub, clock, "4")
    assert (await hub.store.read(get_survey, asked.id)).score is None
    assert len(await close_and_ask(hub, clock, await says("Again"))) == 1
    assert (await hub.store.read(list_surveys, SurveyFilter(), None, 9))[0].id != asked.id


async def test_answer_counts_from_when_the_question_left(hub, clock, asked):
    clock.forward(surveys.REPLIES)
    await goes(hub, clock, asked)
    clock.forward(DAY)
    await answers(hub, clock, "5")
    assert (await hub.store.read(get_survey, asked.id)).score == 5


async def test_number_closes_only_what_it_woke_itself(hub, clock, asked):
    await goes(hub, clock, asked)
    await hub.store.write(mark_rule, "", SurveyRule(CSAT, 1))
    await hub.store.write(conversations.reopen, asked.conversation_id, clock.now(), None)
    await answers(hub, clock, "5")
    assert (await hub.store.read(get_conversation, asked.conversation_id)).state == "open"
    assert (await hub.store.read(get_survey, asked.id)).score == 5


async def test_answer_by_number_is_not_asked_about(hub, clock, asked):
    await goes(hub, clock, asked)
    await hub.store.write(mark_rule, "", SurveyRule(CSAT, 1))
    clock.forward(2 * DAY)
    await answers(hub, clock, "5")
    assert (await hub.store.read(get_conversation, asked.conversation_id)).state == "closed"
    assert await hub.store.read(list_due_surveys, clock.now() + DAY) == []


@pytest.mark.parametrize("sort", [Sort.LIST, Sort.BULK, Sort.AUTO_REPLY])
async def test_only_persons_are_asked(hub, clock, says, sort):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said = await says("Our newsletter")
    await hub.store.write(lambda conn: mark_conversation(conn, said.conversation_id, sorted_as=sort))
    assert await close_and_ask(hub, clock, said) == []


async def test_complaint_that_ends_is_asked_about_too(hub, clock, says, signed_in):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said, visitor = await says("It is broken"), await signed_in()
    noted = await visitor.post(f"/messages/{said.id}/complaint", {"category": "product"})
    id = noted.headers["Location"].partition("complained=")[2].partition(".")[0]
    await visitor.post(f"/complaints/{id}/state", {"state": "solved"})
    clock.forward(AFTER)
    await hub.store.write(surveys.ask_due, surveys.Asking(hub.outbox_deps, words_of(hub)), clock.now())
    [survey] = await hub.store.read(list_surveys, SurveyFilter(), None, 9)
    assert survey.complaint_id == (await hub.store.read(get_complaint, id)).id


@pytest.mark.parametrize("undo", [complaints.reopen, complaints.remove])
async def test_complaint_that_goes_on_or_is_gone_is_not_asked_about(hub, clock, says, undo):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said, goals = await says("It is broken"), Goals(Goal(60), {}, ZoneInfo("UTC"))
    new = complaints.Complained("delivery")
    noted = await hub.store.write(complaints.begin, goals, said.conversation_id, new, clock.now(), None)
    await hub.store.write(complaints.solve, noted.id, "", clock.now(), None)
    await hub.store.write(undo, noted.id, clock.now(), None)
    clock.forward(AFTER)
    await hub.store.write(surveys.ask_due, surveys.Asking(hub.outbox_deps, words_of(hub)), clock.now())
    assert await hub.store.read(list_surveys, SurveyFilter(), None, 9) == []


async def test_closing_again_starts_the_wait_again(hub, clock, says):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said = await says("Thank you")
    await hub.store.write(conversations.close, said.conversation_id, clock.now(), None)
    clock.forward(AFTER - 1)
    await hub.store.write(conversations.reopen, said.conversation_id, clock.now(), None)
    assert await close_and_ask(hub, clock, said, 1) == []
    clock.forward(AFTER)
    await hub.store.write(surveys.ask_due, surveys.Asking(hub.outbox_deps, words_of(hub)), clock.now())
    assert len(await hub.store.read(list_surveys, SurveyFilter(), None, 9)) == 1


async def test_nobody_is_asked_days_later_or_after_it_was_switched_off(hub, clock, says):
    await hub.store.write(mark_rule, "", SurveyRule(CSAT))
    said = await says("Thank you")
    assert await close_and_ask(hub, clock, said, AFTER + DAY + 1) == []
    said = await says("Thank you again")
    await hub.store.write(conversations.close, said.conversation_id, clock.now(), None)
    await hub.store.write(mark_rule, "", SurveyRule(OFF))
    clock.forward(AFTER)
    await hub.store.write(surveys.ask_due, surveys.Asking(hub.outbox_deps, words_of(hub)), clock.now())
    assert await hub.store.read(list_surveys, SurveyFilter(), None, 9) == []


async def test_merged_conversation_takes_its_surveys_along(hub, clock, asked):
    into = await hub.store.write(conversations.start, asked.customer_id, "Boxes", clock.now())
    await hub.store.write(conversations.merge, asked.conversation_id, into.id, clock.now(), None)
    assert (await hub.store.read(get_survey, asked.id)).conversation_id == into.id


async def test_link_does_not_stand_in_what_agents_read(hub, clock, says):
    await hub.store.write(mark_rule, "", SurveyRule(NPS))
    said = await says("Thank you", sender="ada@example.com", channel="mail")
    [survey] = await close_and_ask(hub, clock, said)
    message, token = await hub.store.read(get_message, survey.message_id), path_of(hub, survey)
    assert (token in message.text + message.html, "/s/***" in message.html) == (False, True)
    [delivery] = (await hub.store.read(list_deliveries, [message.id]))[message.id]
    about = (hub.signer, hub.base_url, delivery, hub.channels["mail"])
    leaves = await hub.store.read(build, *about)
    assert token in leaves.text
    assert token in leaves.html


async def test_setting_is_kept_and_shown(hub, signed_in):
    owner = await signed_in(Role.OWNER)
    assert (await owner.post("/settings/goals/everybody/survey", {"kind": "nps", "days": "14"})).status == 303
    assert await hub.store.read(find_rule, None) == SurveyRule(NPS, 14)
    assert '<option value="nps" selected>' in (await owner.get("/settings/goals"))[1]
    assert (await owner.post("/settings/goals/everybody/survey", {"kind": "lunch", "days": "14"})).status == 422


async def test_report_shows_what_customers_say_by_team_and_channel(hub, browser, asked, signed_in):
    await browser().answer("POST", path_of(hub, asked), data={"score": "5"})
    _, page = await (await signed_in()).get("/reports")
    said = page[page.index('id="pleased"') :]
    assert "Satisfied (4 or 5 of 5)" in said
    assert "<dd>100 %</dd>" in said
    assert re.search(r'<th scope="row">without a team</th>.*?<td class="num">100 %</td>', said, re.DOTALL)
    assert '<svg class="bars"' in said
