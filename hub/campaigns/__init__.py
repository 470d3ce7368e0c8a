"""One message to many customers who agreed to it, each with a durable row of their own, through the common outbox.

Read in this order: audience (whom), content (what), writing (for each of them), expand (the loop), report and track
(what became of it), check and lifecycle (what people do with a campaign).
"""
