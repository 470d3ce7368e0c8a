"""One conversation per customer, whatever channel they write on.

Read in this order: model, channel, intake, conversations, outbox, delivery. app.py wires them together.
"""

__version__ = "0.1.0"
