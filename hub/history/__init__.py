"""What was said before the hub came: mails kept elsewhere, and what other systems kept of customers.

`boxes` and `mails` read mailboxes; `chatwoot`, `zammad` and `freescout` ask those systems; `landing` writes. What lands
here is over: its conversations are done, nobody waits in them, and nothing follows from it (no rule, no answer, no
webhook, no sequence, no consent).
"""
