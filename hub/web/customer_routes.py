"""The sitemap's part about customers: the list, one, two as one, their fields, and segments (see hub.web.routes)."""

from hub.store.audit import Deed
from hub.web import (
    calling,
    consent,
    customer_details,
    customer_list,
    customers,
    fields,
    imports,
    merging,
    own_data,
    privacy,
    segment_acts,
    segments,
)
from hub.web.permissions import Permission
from hub.web.route import Route

CUSTOMER_ROUTES: tuple[Route, ...] = (
    # customers
    Route("GET", "/customers", Permission.READ_CUSTOMERS, customer_list.index),
    Route("POST", "/customers", Permission.WRITE_CUSTOMERS, customers.create, once=True),
    Route("GET", "/customers/{id}", Permission.READ_CUSTOMERS, customers.show),
    Route("POST", "/customers/{id}", Permission.WRITE_CUSTOMERS, customer_details.update, limit=300_000),
    Route("POST", "/customers/{id}/addresses", Permission.WRITE_CUSTOMERS, customers.add_reach, once=True),
    Route("POST", "/customers/{id}/conversations", Permission.WRITE_CONVERSATIONS, customers.write, once=True),
    Route("POST", "/customers/{id}/calls", Permission.WRITE_CONVERSATIONS, calling.create_for_customer, once=True),
    Route("GET", "/customers/{id}/consent", Permission.READ_CUSTOMERS, consent.show),
    Route("POST", "/customers/{id}/consent", Permission.WRITE_CUSTOMERS, consent.create, limit=200_000, once=True),
    Route("GET", "/customers/{id}/consent/{entry}", Permission.READ_CUSTOMERS, consent.proof),
    Route("GET", "/customers/{id}/merge/{other}", Permission.WRITE_CUSTOMERS, merging.show),
    Route("POST", "/customers/{id}/merge/{other}", Permission.WRITE_CUSTOMERS, merging.create, deed=Deed.MERGED),
    Route("POST", "/customers/{id}/separation", Permission.WRITE_CUSTOMERS, merging.undo, deed=Deed.UNMERGED),
    Route("GET", "/customers/{id}/privacy", Permission.MANAGE, privacy.show),
    Route("POST", "/customers/{id}/export", Permission.MANAGE, privacy.export, deed=Deed.EXPORTED),
    Route("POST", "/customers/{id}/erasure", Permission.MANAGE, privacy.erase, deed=Deed.ERASED),
    Route("POST", "/customers/{id}/restoration", Permission.WRITE_CUSTOMERS, customer_details.restore),
    # which fields they have
    Route("GET", "/settings/fields", Permission.MANAGE, fields.index),
    Route("POST", "/settings/fields", Permission.MANAGE, fields.update, limit=50_000, deed=Deed.FIELD_CHANGED),
    Route("POST", "/settings/fields/removal", Permission.MANAGE, fields.destroy, limit=20_000, deed=Deed.FIELD_CHANGED),
    # what customers do themselves
    Route("POST", "/p/{token}/data", Permission.PUBLIC, own_data.create, csrf=False, limit=20_000),
    Route("GET", "/d/{token}", Permission.PUBLIC, own_data.show),
    Route("POST", "/d/{token}", Permission.PUBLIC, own_data.update, csrf=False, limit=20_000),
    # customers from files
    Route("GET", "/imports", Permission.IMPORT_CUSTOMERS, imports.index),
    Route(
        "POST",
        "/imports",
        Permission.IMPORT_CUSTOMERS,
        imports.create,
        limit=imports.MAX_FILE + 20_000,
        deed=Deed.FILE_TAKEN,
    ),
    Route("GET", "/imports/{id}", Permission.IMPORT_CUSTOMERS, imports.show),
    Route("GET", "/imports/{id}/problems", Permission.IMPORT_CUSTOMERS, imports.problems),
    Route("POST", "/imports/{id}/rules", Permission.IMPORT_CUSTOMERS, imports.decide),
    Route("POST", "/imports/{id}/start", Permission.IMPORT_CUSTOMERS, imports.start, deed=Deed.IMPORTED),
    Route("POST", "/imports/{id}/undoing", Permission.IMPORT_CUSTOMERS, imports.undo, deed=Deed.IMPORT_UNDONE),
    Route(
        "POST", "/imports/{id}/segment", Permission.WRITE_SEGMENTS, imports.segment, deed=Deed.SEGMENT_ADDED, once=True
    ),
    Route("POST", "/imports/{id}/removal", Permission.IMPORT_CUSTOMERS, imports.destroy),
    # segments
    Route("GET", "/segments", Permission.READ_CUSTOMERS, segments.index),
    Route("GET", "/segments/new", Permission.WRITE_SEGMENTS, segments.propose),
    Route("POST", "/segments", Permission.WRITE_SEGMENTS, segments.create, deed=Deed.SEGMENT_ADDED, once=True),
    Route("POST", "/segments/draft", Permission.WRITE_SEGMENTS, segments.draft),
    Route("GET", "/segments/{id}", Permission.READ_CUSTOMERS, segments.show),
    Route("POST", "/segments/{id}", Permission.WRITE_SEGMENTS, segments.update, deed=Deed.SEGMENT_CHANGED),
    Route("POST", "/segments/{id}/removal", Permission.WRITE_SEGMENTS, segments.destroy, deed=Deed.SEGMENT_REMOVED),
    Route(
        "POST",
        "/segments/{id}/copy",
        Permission.WRITE_SEGMENTS,
        segment_acts.freeze,
        deed=Deed.SEGMENT_ADDED,
        once=True,
    ),
    Route(
        "POST",
        "/segments/{id}/campaign",
        Permission.WRITE_CAMPAIGNS,
        segment_acts.campaign,
        deed=Deed.CAMPAIGN_ADDED,
        once=True,
    ),
    Route("POST", "/segments/{id}/export", Permission.WRITE_SEGMENTS, segment_acts.export, deed=Deed.EXPORTED),
)
