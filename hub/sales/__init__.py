"""Quotations and orders: written, sent on any channel, accepted through a signed link, and what the customer hears.

Read in this order: hub.money (the sums), quotes, document and paper (the PDF), orders, messages.
"""
