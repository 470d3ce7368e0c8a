"""What the API is asked about campaigns."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from hub.campaigns.chain import Fallback
from hub.campaigns.variants import SplitTest
from hub.store.condition_tree import Whole
from hub.store.fates import Fate, Fated
from hub.web.api.fields import Body, Id, Instant, Name, OneLine
from hub.web.api.handles import ANY_NUMBER, EMAIL, PHONE, PROMISED
from hub.web.api.paging import PageQuery
from hub.web.api.templates import TemplateWords

MAX_NAMED = 10_000
ExcludedFor = Annotated[str, Field(pattern=r"^[a-z_]{0,40}$")]
State = Literal["draft", "scheduled", "sending", "paused", "sent", "stopped"]
WORD_OF_OURS = r"^\+?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # what a channel of another type may reach
Who = Annotated[
    str,
    Field(pattern=rf"^[^\s@\x00]{{1,64}}@[^\s@\x00]{{1,255}}$|{PHONE}|{WORD_OF_OURS}"),
    WithJsonSchema({"type": "string", "pattern": f"{EMAIL}|^{PROMISED}$", "description": ANY_NUMBER}),
]


Hourly = Annotated[int, Field(ge=0, le=1_000_000), Whole]


class RecipientsOf(Body):
    """Whoever stands so in that campaign's report by the time this one is sent; reason: of those it left out."""

    campaign: Id
    fate: Fate
    reason: ExcludedFor = ""


class Audience(Body):
    """Each part that is given narrows it: any of the labels, and the segment, and one of the customers, and what
    became of them in another campaign. A list of customers that is given and names nobody leaves nobody. Of those it
    named before, whom the token does not see stay."""

    labels: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    segment: Id | None = None
    customer_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_NAMED)] | None = None
    recipients_of: RecipientsOf | None = None


class NewCampaign(Body):
    """channel: a configured name, a type, or "preferred"; template: the id (or name) of one, or the words themselves;
    from: the name beside the channel's own address; test: what a part of the audience tries before the rest gets the
    best of it; track_opens: who opens it, of those who agreed to `tracking`; utm: tracked links say where one comes
    from: utm_source (the purpose), utm_medium and utm_campaign (its name); public: anybody may read it in the
    archive once it is sent; hourly: so many messages in an hour at most, 0 for as many as the channel takes; fallback:
    where it goes on with whom it does not reach. It need not be complete before it is scheduled."""

    name: OneLine = ""
    purpose: OneLine = ""
    channel: OneLine = "email"
    template: TemplateWords | OneLine = TemplateWords()
    audience: Audience = Audience()
    sender: OneLine = Field("", alias="from")
    track_links: bool = True
    track_opens: bool = False
    utm: bool = False
    public: bool = False
    test: SplitTest | None = None
    hourly: Hourly = 0
    fallback: Fallback | None = None


class CampaignChange(Body):
    name: OneLine | None = None
    purpose: OneLine | None = None
    channel: OneLine | None = None
    template: TemplateWords | OneLine | None = None
    audience: Audience | None = None
    sender: OneLine | None = Field(None, alias="from")
    track_links: bool | None = None
    track_opens: bool | None = None
    utm: bool | None = None
    public: bool | None = None
    test: SplitTest | None = None
    hourly: Hourly | None = None
    fallback: Fallback | None = None


class Schedule(Body):
    """at: when it begins; absent: now. local: when it is as late where each recipient lives as it is then at the
    company. anyway: also when nobody would be reached, or the template leaves people out."""

    at: Instant | None = None
    local: bool = False
    anyway: bool = False


class Choice(Body):
    """variant: a letter of what is tried."""

    variant: Literal["a", "b", "c", "d"]


class Test(Body):
    """To this address (of a kind that the campaign's channel reaches) only, worded as for that customer (or the
    first of the audience)."""

    to: Who
    customer_id: Id | None = None


class CampaignQuery(PageQuery):
    state: State | None = None


def _yes(value: object) -> object:
    return {"true": True, "false": False}.get(str(value), value)


class RecipientQuery(PageQuery):
    """fate: only those who stand so in the report; excluded=true: those who were left out, with the reason; reason:
    only for this one."""

    excluded: Annotated[bool, BeforeValidator(_yes)] = False
    fate: Fate | None = None
    reason: ExcludedFor = ""

    def fated(self, campaign_id: str) -> Fated | None:
        fate: Fate | None = self.fate or ("excluded" if self.excluded or self.reason else None)
        return Fated(campaign_id, fate, self.reason) if fate else None


class SparedQuery(PageQuery):
    reason: ExcludedFor = ""
