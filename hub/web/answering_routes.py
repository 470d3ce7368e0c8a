"""The part of the sitemap that is about rules, automatic replies, snippets, macros, calls, and other ways to reach a
customer."""

from hub.store.audit import Deed
from hub.web import (
    approved,
    auto_replies,
    call_log,
    invitation_answers,
    invitations,
    macro_acts,
    macros,
    phone,
    rules,
    snippets,
    transcripts,
)
from hub.web.permissions import Permission
from hub.web.route import Route

ANSWERING_ROUTES: tuple[Route, ...] = (
    Route("GET", "/settings/rules", Permission.MANAGE, rules.index),
    Route("POST", "/settings/rules", Permission.MANAGE, rules.create, deed=Deed.RULE_CHANGED, once=True),
    Route("POST", "/settings/rules/trial", Permission.MANAGE, rules.try_out),
    Route("POST", "/settings/rules/{id}", Permission.MANAGE, rules.update, deed=Deed.RULE_CHANGED),
    Route("POST", "/settings/rules/{id}/place", Permission.MANAGE, rules.move, deed=Deed.RULE_CHANGED),
    Route("POST", "/settings/rules/{id}/state", Permission.MANAGE, rules.switch, deed=Deed.RULE_CHANGED),
    Route("POST", "/settings/rules/{id}/removal", Permission.MANAGE, rules.destroy, deed=Deed.RULE_CHANGED),
    Route("GET", "/settings/auto-replies", Permission.MANAGE, auto_replies.index),
    Route(
        "POST",
        "/settings/auto-replies",
        Permission.MANAGE,
        auto_replies.create,
        deed=Deed.AUTO_REPLY_CHANGED,
        once=True,
    ),
    Route("POST", "/settings/auto-replies/preview", Permission.MANAGE, auto_replies.preview),
    Route("POST", "/settings/auto-replies/{id}", Permission.MANAGE, auto_replies.update, deed=Deed.AUTO_REPLY_CHANGED),
    Route(
        "POST",
        "/settings/auto-replies/{id}/state",
        Permission.MANAGE,
        auto_replies.switch,
        deed=Deed.AUTO_REPLY_CHANGED,
    ),
    Route(
        "POST",
        "/settings/auto-replies/{id}/removal",
        Permission.MANAGE,
        auto_replies.destroy,
        deed=Deed.AUTO_REPLY_CHANGED,
    ),
    Route("GET", "/settings/snippets", Permission.WRITE_SNIPPETS, snippets.index),
    Route("POST", "/settings/snippets", Permission.WRITE_SNIPPETS, snippets.create, once=True),
    Route("POST", "/settings/snippets/{id}", Permission.WRITE_SNIPPETS, snippets.update),
    Route("POST", "/settings/snippets/{id}/removal", Permission.WRITE_SNIPPETS, snippets.destroy),
    Route("GET", "/settings/macros", Permission.WRITE_CONVERSATIONS, macros.index),
    Route("POST", "/settings/macros", Permission.WRITE_CONVERSATIONS, macros.create, once=True),
    Route("POST", "/settings/macros/{id}", Permission.WRITE_CONVERSATIONS, macros.update),
    Route("POST", "/settings/macros/{id}/removal", Permission.WRITE_CONVERSATIONS, macros.destroy),
    Route("POST", "/messages/{id}/call", Permission.WRITE_CONVERSATIONS, call_log.create),
    Route(
        "POST",
        "/conversations/{id}/number-request",
        Permission.WRITE_CONVERSATIONS,
        invitations.ask_for_number,
        once=True,
    ),
    Route("POST", "/conversations/{id}/telegram-link", Permission.WRITE_CONVERSATIONS, invitations.telegram, once=True),
    Route("GET", "/conversations/{id}/approved", Permission.WRITE_CONVERSATIONS, approved.show),
    Route("POST", "/conversations/{id}/approved", Permission.WRITE_CONVERSATIONS, approved.create, once=True),
    Route("POST", "/conversations/{id}/transcript", Permission.WRITE_CONVERSATIONS, transcripts.create, once=True),
    Route("POST", "/messages/{id}/invitation", Permission.WRITE_CONVERSATIONS, invitation_answers.create, once=True),
    Route("POST", "/messages/{id}/hang-up", Permission.WRITE_CONVERSATIONS, phone.hang_up),
    Route("GET", "/phone", Permission.WRITE_CONVERSATIONS, phone.show),
    Route("POST", "/phone/token", Permission.WRITE_CONVERSATIONS, phone.take_seat),
    Route("POST", "/conversations/{id}/macro", Permission.WRITE_CONVERSATIONS, macro_acts.create, once=True),
)
