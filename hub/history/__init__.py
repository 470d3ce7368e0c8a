"""What was said before the hub came: mails kept elsewhere, and what other systems kept of customers.

`boxes` and `mails` read, `landing` writes. What lands here is over: its conversations are done, nobody waits in them,
and nothing follows from it (no rule, no answer, no webhook, no sequence, no consent).
"""
