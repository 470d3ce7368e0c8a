"""Says in the reader's language why something was not done, by the code of the error."""

from collections.abc import Callable

from aiohttp import web

from hub.errors import HubError, WrongNumber
from hub.outbound.plan import NotAllowed
from hub.reasons import say as say_reason
from hub.web.customer_refusals import OF_CUSTOMERS
from hub.web.locale import Speaker
from hub.web.pages import speaker


def say_refusal(request: web.Request, refused: HubError) -> str:
    """What has no code is met by programs only, or names what somebody else's program found: it stands as it is."""
    say = speaker(request)
    if isinstance(refused, NotAllowed):
        return say_reason(refused.reason, say.gettext)
    sentence = refusals(say).get(refused.code, str(refused))
    if isinstance(refused, WrongNumber):
        return sentence % {"written": refused.written, "readings": say.gettext(" or ").join(refused.readings)}
    return sentence


def refusals(say: Speaker) -> dict[str, str]:
    """Code -> sentence."""
    kinds = (
        _of_writing,
        _of_moments,
        _of_snippets,
        _of_rules,
        _of_macros,
        _of_people,
        _of_calls,
        _of_numbers,
        _of_plans,
        _of_work,
        _of_channels,
        *OF_CUSTOMERS,
    )
    return {code: sentence for kind in kinds for code, sentence in kind(say.gettext).items()}


def _of_writing(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "empty": _("The message is empty."),
        "too_long": _("The text is too long for this channel."),
        "signs": _("The message holds signs that cannot be stored."),
        "too_fast": _("Too many messages at once. Wait a moment."),
        "no_files": _("This channel cannot carry files."),
        "copies": _("Cc and Bcc take e-mail addresses with commas between them, at most 20."),
        "no_addressee": _("Say to whom it goes."),
        "no_copies": _("Only e-mail carries copies."),
        "too_many_files": _("These files are too many or too large for this channel."),
        "file_empty": _("The file is empty."),
        "file_gone": _("The file is not here any more. Choose it again."),
        "call": _("This is a phone line: call instead of writing."),
        "no_invitation": _("There is no invitation in this message."),
        "no_reaction_here": _("Only a customer's message takes a reaction."),
        "no_reactions": _("This channel carries no reactions: answer in words."),
        "no_such_reaction": _("This channel knows no such reaction."),
        "resting": _("This is a restored copy: nothing leaves it until it is armed."),
        "buttons": _("At most 10 buttons, one a line, each of at most 60 characters."),
        "buttons_alone": _("Buttons stand below words: say what is to be chosen."),
        "no_chat": _("Nothing was said here by web chat."),
        "no_buttons": _("An approved template carries no buttons of ours."),
        "no_templates": _("Only WhatsApp takes approved templates."),
        "not_approved": _("This template is not approved any more."),
        "lacking": _("Fill in every gap of the template."),
        "unreachable": _("The customer cannot be reached on this channel."),
        "no_post": _("A postal address has a street, and a line with postcode and town."),
        "no_postcode": _("A line with postcode and town is missing."),
        "no_country": _("The last line is no country that is known. Write it as Austria, Österreich or AT."),
        "long_post": _("The address takes more than the nine lines of a letter's window. Shorten it."),
        "no_font": _("It holds signs that cannot be printed: Latin, Greek and Cyrillic can, emoji and others cannot."),
        "posted": _("These letters were posted already."),
        "not_posted": _("These letters are not marked as posted, or not since yesterday."),
        "none_to_print": _("None of these letters waits to be printed."),
        "too_late": _("There is nothing to take back: the message has left, failed or was cancelled."),
        "not_again": _("There is nothing to send again."),
        "this_instant": _("The same message is being sent this instant."),
        "of_campaign": _("The message belongs to a campaign: stop the campaign."),
    }


def _of_moments(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "past": _("That time lies in the past."),
        "no_moment": _("Not understood. Try “tue 2pm”, “in 3 days” or “24.11. 9:00”."),
        "until": _("Say until when."),
        "no_date": _("That is not a date with a time."),
        "goal": _("A response goal lasts from 1 minute to 30 days."),
        "closed_days": _("At most 200 days can be closed."),
        "holidays": _("The public holidays of that place are not known."),
        "never_open": _("At least one day of the week has to be open."),
        "hours_overlap": _("A day cannot begin before the hours of the day before have ended."),
        "no_clock": _("Write both times of an open day, as 09:00."),
        "no_key": _("A key is one sign, and none of [ ] { } | @ ~ \\ g and the digits."),
        "key_twice": _("One key cannot do two things."),
        "no_state": _("After is: comes open, snoozed, done, unread, waiting, reply, note, call or voicemail."),
        "no_part": _("After has: comes file."),
        "no_day": _("That is no day of the calendar."),
        "no_hour": _("That hour does not exist on that day: the clocks are put forward."),
    }


def _of_snippets(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "snippet_text": _("A snippet needs a text."),
        "snippet_shortcut": _("A shortcut is one word of at most 40 letters, digits and signs, without a slash."),
        "broken_snippet": _("The text cannot be filled in. What is wrong stands below it."),
        "unfilled": _("Something in ⟨…⟩ is still to be filled in."),
    }


def _of_rules(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "rule_name": _("Give the rule a name of at most 100 characters."),
        "bot_long": _("Each text has at most 1,000 characters."),
        "bot_empty": _("Write a greeting, both texts at the end, and one choice at least."),
        "bot_no_person": _("One choice at least has to lead to a colleague."),
        "bot_choice": _("A choice has 1 to 40 characters in the menu, an answer of at most 1,000, and 20 more words."),
        "bot_silent": _("Write what a choice answers, or let a colleague take over."),
        "auto_reply_name": _("Give it a name of at most 100 characters."),
        "auto_reply_hours": _("Say a number of hours from 1 to 720."),
        "auto_reply_text": _("Write a text, in one language at least. A subject alone says nothing."),
        "auto_reply_long": _("A subject has at most 200 characters, a text at most 5,000."),
        "broken_auto_reply": _("The text cannot be filled in. What is wrong stands below it."),
        "enough_auto_replies": _("There are as many automatic replies as fit. Delete one first."),
        "rule_acts": _("Say what the rule does: choose at least one thing."),
        "rule_part": _("Something in this rule is too long or not offered."),
        "no_team": _("The team is not there any more."),
        "enough_rules": _("There are 100 rules, as many as fit. Delete one first."),
    }


def _of_macros(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "enough_macros": _("There are as many macros as fit. Delete one that nobody uses."),
        "macro_name": _("Give the macro a name of at most 60 characters."),
        "macro_acts": _("Say what the macro does."),
        "macro_gap": _("Nothing was done: the macro's answer has a gap for one of these contacts."),
        "macro_unreachable": _("Nothing was done: one of these contacts cannot be answered on any channel."),
        "call_outcome": _("Say what came of the call."),
        "long_note": _("A note has at most 10,000 characters."),
        "partly_undone": _("Undone, but for the messages that had left already."),
    }


def _of_calls(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "call_over": _("Nobody talks there any more."),
        "call_elsewhere": _("The call has moved on meanwhile."),
        "no_telephone": _("This colleague has no telephone."),
        "ask_somebody": _("Choose somebody to ask: a team has no telephone."),
    }


def _of_people(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "handle": _("That is not an address of this kind."),
        "email": _("That is not an e-mail address."),
        "claimed": _("You gave another address before. Please open the link in the mail that went there."),
        "owned": _("This address already belongs to another customer."),
        "no_name": _("A customer needs a name."),
        "no_pair": _("Write each field as name: value."),
        "labels": _("These labels are too many or too long."),
        "colleague": _("There is no such colleague."),
        "works_here": _("Somebody with this address already works here."),
        "team_name": _("A team needs a name."),
        "capacity": _("An agent can have 1 to 500 waiting conversations."),
        "return_after": _("An agent’s absence is counted from 1 minute to 1440 (a day)."),
        "none_chosen": _("Choose at least one conversation, and at most 200 at once."),
        "no_act": _("Say what to do with the chosen conversations."),
        "nothing_to_undo": _("There is nothing to undo any more."),
        "view_name": _("Give the view a name."),
        "enough_views": _("You have as many saved views as fit. Remove one first."),
        "token_name": _("Say what the token is for."),
        "token_scope": _("Choose what the token may do."),
        "token_days": _("Give a number of days from 1 to 3650."),
        "no_times": _("Give a number from 1 to 10,000."),
        "team_there": _("There is a team of this name already."),
        "channel_taken": _("One of these channels is another team's. Take it away there first."),
        "last_owner": _("Somebody has to own this place: make another colleague owner first."),
        "changed_hands": _("This address changed hands this instant. Look again."),
        "one_already": _("These two are one customer already."),
        "too_long_ago": _("This is too long ago: a merge can be undone for 30 days."),
        "merged_since": _("This customer was merged into another since. Undo that first."),
        "password": _("A password has at least 12 characters; any characters will do."),
        "guessable": _(
            "This password is easy to guess: it is little more than common words, names, years or rows of keys."
        ),
        "code": _("This code is not the one the app shows now."),
        "passkey": _("This passkey was not recognised. Try again."),
        "passkey_twice": _("This passkey is registered already."),
        "locked": _("What is needed for this is locked, and its key is missing. Ask whoever runs the hub."),
        "repeated": _("You had this password before. Take a new one."),
    }


def _of_numbers(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "no_number": _("“%(written)s” is not a phone number."),
        "no_such_number": _("“%(written)s” is not a valid phone number: there are no such numbers in any country."),
        "local": _("“%(written)s” has no area code: write it with its leading 0, or with + and the country code."),
        "more": _("“%(written)s” may be %(readings)s with something behind it: write each number alone."),
        "ambiguous": _("“%(written)s” may be %(readings)s: write it with + and the country code."),
    }


def _of_plans(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "changed": _("The campaign was changed this instant. Look at it again."),
        "no_template": _("The campaign has no template."),
        "campaign_state": _("The campaign is not in a state for that any more. Look at it again."),
        "no_draft": _("Only a draft can be deleted: what was sent is part of what customers have got."),
        "unready": _("Something is still missing. The check says what."),
        "nobody": _("Nobody in this audience may be written to. Say that you want to start it all the same."),
        "left_out": _("The template leaves some people out. Say that you want to send it without them."),
        "no_campaign_channel": _("The campaign has no channel that reaches such an address."),
        "broken_template": _("The template cannot be used. The check says why."),
        "no_variant": _("There is no such variant."),
        "no_choice": _("No variant can be chosen now. Look at the campaign again."),
        "nothing_for": _("The template has nothing for a channel that reaches this customer."),
        "local_alone": _("A campaign with a limit per hour or a test leaves at one time for all."),
        "local_warms_up": _("A campaign by a channel that warms up leaves at one time for all."),
        "warm_up_first": _("Give a whole number from 1 to 1,000,000."),
        "warm_up_growth": _("Give a whole number of percent from 1 to 1000."),
        "warm_up_until": _("Give a whole number from 1 to 10,000,000."),
        "sequence_state": _("The follow-up is not in a state for that any more. Look at it again."),
        "days": _("Give a number of days from 1 to 9999."),
        "no_purpose": _("Name the purpose the customers agreed to: this message answers in no conversation."),
        "segment_gone": _("A segment it asks about is gone: choose another."),
        "segment_followed": _("A sequence that was started asks about this segment: choose another one there first."),
        "branch_back": _("A branch leads to a later step only, or to the end."),
        "no_segment_chosen": _("Choose the segment it begins with."),
        "no_date_field": _("Say which field holds the date it begins with, and a time of day."),
        "no_words": _("Write the follow-up, or choose a template."),
        "follow_up": _("A follow-up has at most 20,000 characters of text, and 200 in each other field."),
        "no_other_words": _("Write the second wording, or choose a template for it."),
        "no_wait": _("Say how long it waits, or until when."),
        "no_label": _("Say which label."),
        "no_url": _("Say at which address, with https:// in front, the program is told."),
        "run_over": _("The customer is not in it any more."),
        "active": _("The follow-up is active. Pause it first."),
    }


def _of_work(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "many_people": _("At most 50 people can be invited at once."),
        "there_already": _("This conversation is with them already."),
        "still_leaving": _(
            "A message of it is still on its way to the customer. Take it back, or wait until it has left."
        ),
        "moved_on": _("The conversation was moved to another customer this instant. Look at it again."),
        "advertising": _("Only advertising stands in it, and that stays with whom it was sent to."),
        "followed_up": _("A follow-up writes in this conversation. Stop it on the customer’s page first."),
        "all_of_it": _("Something has to stay in the old conversation."),
        "no_task": _("Say what has to be done."),
        "category": _("Say what the complaint is about."),
        "no_reason": _("Say why it is rejected."),
        "sale_state": _("It is not in a state for that any more. Look at it again."),
        "remind_in": _("Give 1 to 365 days, or none."),
        "expired": _("The quotation is valid no longer. Write a new one."),
        "accepted": _("What was accepted stays as it is. Write a new quotation."),
        "paper": _("The PDF cannot be made. The log says why."),
        "no_items": _("A quotation needs at least one item."),
        "too_many_items": _("These are too many items."),
        "no_item": _("Each item needs words."),
        "no_percent": _("Tax and discount are percentages from 0 to 100, and no quantity is below 0."),
        "no_amount": _("That is not a number that can be used here."),
        "no_amount_or_day": _("That is neither a number nor a day as your language writes it."),
        "currency": _("A currency has three letters, like EUR."),
    }


def _of_channels(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "port": _("A port is a number from 1 to 65535."),
        "channel_name": _("A channel's name is 1 to 63 small letters, digits, _ and -."),
        "sign_in_lost": _("This sign-in was begun elsewhere, or too long ago. Begin it again."),
        "no_profile": _("Say with whom to sign in."),
        "no_server": _("Name its server."),
        "password_again": _("Type the password anew: the one that is kept was meant for another server."),
        "signed_in_there": _("It signs in with its provider, which is for that provider's servers only. Add it anew."),
        "signed_in_open": _("It signs in with its provider, and that leaves encrypted only."),
        "channel_there": _("There is a channel of this name already."),
    }
