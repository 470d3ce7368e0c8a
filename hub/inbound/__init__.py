"""The way in: kept before anybody hears "ok", read, whose it is, where it belongs, landed once.

Read in this order: intake, reader, parse_pool (parse_worker is its child, answers what it may say), media, processing,
identity, placement, reactions, calls.
"""
