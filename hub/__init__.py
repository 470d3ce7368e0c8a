"""One conversation per customer, whatever channel they write on.

Read in this order: model, channel, inbound.intake, inbound.processing, outbound.outbox, outbound.plan, outbound.sender,
outbound.receipts. app.py wires them together.
"""

__version__ = "0.1.0"
