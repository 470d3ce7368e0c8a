"""The sitemap's part about reports: what they say, and the same as files (see hub.web.routes)."""

from hub.store.audit import Deed
from hub.web import customer_reports, reports
from hub.web.permissions import Permission
from hub.web.route import Handler, Route


def _files(name: str, permission: Permission, handler: Handler) -> list[Route]:
    paths = (f"/reports/{name}.csv", f"/reports/{name}.xlsx")
    return [Route("POST", path, permission, handler, limit=20_000, deed=Deed.EXPORTED) for path in paths]


REPORT_ROUTES: tuple[Route, ...] = (
    Route("GET", "/reports", Permission.READ_CONVERSATIONS, reports.index),
    Route("GET", "/reports/conversations", Permission.READ_CONVERSATIONS, reports.conversations),
    *_files("conversations", Permission.READ_CONVERSATIONS, reports.download),
    Route("GET", "/reports/customers", Permission.READ_SALES, customer_reports.index),
    *_files("customers", Permission.READ_SALES, customer_reports.download),
)
