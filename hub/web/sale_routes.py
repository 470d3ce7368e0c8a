"""The sitemap's part about what is sold, and about letters on paper (see hub.web.routes)."""

from hub.store.audit import Deed
from hub.web import letters, orders, quotes
from hub.web.permissions import Permission
from hub.web.route import Route

SALE_ROUTES: tuple[Route, ...] = (
    # quotations and orders
    Route("GET", "/quotes", Permission.READ_SALES, quotes.index),
    Route("POST", "/customers/{id}/quotes", Permission.WRITE_SALES, quotes.create, deed=Deed.QUOTE_ADDED, once=True),
    Route("GET", "/quotes/{id}", Permission.READ_SALES, quotes.show),
    Route("POST", "/quotes/{id}", Permission.WRITE_SALES, quotes.update, deed=Deed.QUOTE_CHANGED),
    Route("GET", "/quotes/{id}/pdf", Permission.READ_SALES, quotes.pdf),
    Route("POST", "/quotes/{id}/sending", Permission.WRITE_SALES, quotes.send, deed=Deed.QUOTE_SENT, once=True),
    Route("POST", "/quotes/{id}/state", Permission.WRITE_SALES, quotes.change, deed=Deed.QUOTE_CHANGED, once=True),
    Route("GET", "/orders", Permission.READ_SALES, orders.index),
    Route("POST", "/customers/{id}/orders", Permission.WRITE_SALES, orders.create, deed=Deed.ORDER_ADDED, once=True),
    Route("GET", "/orders/{id}", Permission.READ_SALES, orders.show),
    Route("POST", "/orders/{id}", Permission.WRITE_SALES, orders.update, deed=Deed.ORDER_CHANGED),
    Route("POST", "/orders/{id}/state", Permission.WRITE_SALES, orders.move, deed=Deed.ORDER_CHANGED),
    # letters on paper
    Route("GET", "/letters", Permission.MANAGE, letters.index),
    Route("POST", "/letters", Permission.MANAGE, letters.create, deed=Deed.LETTERS_PRINTED, once=True),
    Route("GET", "/letters/{id}", Permission.MANAGE, letters.show),
    Route("GET", "/letters/{id}/pdf", Permission.MANAGE, letters.pdf),
    Route("POST", "/letters/{id}", Permission.MANAGE, letters.update, deed=Deed.LETTERS_CHANGED),
)
