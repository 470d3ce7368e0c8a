"""The sitemap's part about campaigns, templates and sequences, and what their recipients open (see hub.web.routes)."""

from hub.store.audit import Deed
from hub.web import (
    archive,
    campaign_people,
    campaigns,
    public,
    sequences,
    sign_up_forms,
    signing_up,
    templates,
    warm_ups,
)
from hub.web.permissions import Permission
from hub.web.route import Route

CAMPAIGN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/campaigns", Permission.READ_CAMPAIGNS, campaigns.index),
    Route("POST", "/campaigns", Permission.WRITE_CAMPAIGNS, campaigns.create, deed=Deed.CAMPAIGN_ADDED, once=True),
    Route("GET", "/campaigns/sign-up", Permission.READ_CAMPAIGNS, sign_up_forms.index),
    Route("GET", "/campaigns/warm-up", Permission.READ_CAMPAIGNS, warm_ups.index),
    Route(
        "POST",
        "/campaigns/warm-up",
        Permission.WRITE_CAMPAIGNS,
        warm_ups.update,
        limit=20_000,
        deed=Deed.CHANNEL_CHANGED,
    ),
    Route("GET", "/campaigns/{id}", Permission.READ_CAMPAIGNS, campaigns.show),
    Route(
        "POST",
        "/campaigns/{id}",
        Permission.WRITE_CAMPAIGNS,
        campaigns.update,
        limit=2_000_000,
        deed=Deed.CAMPAIGN_CHANGED,
    ),
    Route("POST", "/campaigns/{id}/preview", Permission.READ_CAMPAIGNS, campaigns.preview, limit=2_000_000),
    Route("POST", "/campaigns/{id}/reach", Permission.READ_CAMPAIGNS, campaign_people.show_reach, limit=2_000_000),
    Route("GET", "/campaigns/{id}/left-out", Permission.READ_CAMPAIGNS, campaign_people.show_left_out),
    *(
        Route("POST", path, Permission.READ_CAMPAIGNS, campaign_people.download, limit=20_000, deed=Deed.EXPORTED)
        for path in ("/campaigns/{id}/recipients.csv", "/campaigns/{id}/recipients.xlsx")
    ),
    Route("GET", "/campaigns/{id}/send", Permission.WRITE_CAMPAIGNS, campaigns.show_send),
    Route("POST", "/campaigns/{id}/send", Permission.WRITE_CAMPAIGNS, campaigns.send, deed=Deed.CAMPAIGN_STARTED),
    Route("POST", "/campaigns/{id}/state", Permission.WRITE_CAMPAIGNS, campaigns.change, deed=Deed.CAMPAIGN_CHANGED),
    Route(
        "POST",
        "/campaigns/{id}/sharing",
        Permission.WRITE_CAMPAIGNS,
        archive.share_report,
        limit=20_000,
        deed=Deed.CAMPAIGN_CHANGED,
    ),
    Route("GET", "/templates", Permission.READ_CAMPAIGNS, templates.index),
    Route("POST", "/templates", Permission.WRITE_CAMPAIGNS, templates.create, deed=Deed.TEMPLATE_ADDED, once=True),
    Route("GET", "/templates/{id}", Permission.READ_CAMPAIGNS, templates.show),
    Route(
        "POST",
        "/templates/{id}",
        Permission.WRITE_CAMPAIGNS,
        templates.update,
        limit=5_000_000,
        deed=Deed.TEMPLATE_CHANGED,
        once=True,
    ),
    Route("GET", "/sequences", Permission.READ_CAMPAIGNS, sequences.index),
    Route("POST", "/sequences", Permission.WRITE_CAMPAIGNS, sequences.create, deed=Deed.SEQUENCE_ADDED, once=True),
    Route("GET", "/sequences/{id}", Permission.READ_CAMPAIGNS, sequences.show),
    Route("POST", "/sequences/{id}", Permission.WRITE_CAMPAIGNS, sequences.change, deed=Deed.SEQUENCE_CHANGED),
)
RECIPIENT_ROUTES: tuple[Route, ...] = (
    Route("GET", "/archive", Permission.PUBLIC, archive.index),
    Route("GET", "/archive.xml", Permission.PUBLIC, archive.feed),
    Route("GET", "/archive/own-links", Permission.PUBLIC, archive.show_own_links),
    Route("GET", "/archive/{id}", Permission.PUBLIC, archive.show),
    Route("GET", "/r/{token}", Permission.PUBLIC, archive.show_report),
    Route("GET", "/u/{token}", Permission.PUBLIC, public.show_unsubscribe),
    Route("POST", "/u/{token}", Permission.PUBLIC, public.create_unsubscribe, csrf=False, limit=20_000),
    Route("GET", "/p/{token}", Permission.PUBLIC, public.show_preferences),
    Route("POST", "/p/{token}", Permission.PUBLIC, public.update_preferences, csrf=False, limit=20_000),
    Route("GET", "/v/{token}", Permission.PUBLIC, public.show_view),
    Route("GET", "/c/{token}", Permission.PUBLIC, public.show_link),
    Route("GET", "/o/{token}", Permission.PUBLIC, public.show_picture),
    Route("GET", "/join/{purpose}", Permission.PUBLIC, signing_up.show),
    # posted to by sites of one's own, so by no token; what it does, anybody may: ask whoever reads the address
    Route("POST", "/join/{purpose}", Permission.PUBLIC, signing_up.create, csrf=False, limit=20_000),
    Route("GET", "/j/{token}", Permission.PUBLIC, signing_up.show_link),
    Route("POST", "/j/{token}", Permission.PUBLIC, signing_up.create_consent, csrf=False, limit=20_000),
)
