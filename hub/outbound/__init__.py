"""The way out: one door for everything that leaves, recorded before it leaves.

Read in this order: outbox, candidates, channel_choice, compose, parts, plan, sender, ledger, pacing, receipts; for what
goes wrong, recovery and reconcile.
"""
