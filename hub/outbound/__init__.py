"""The way out: one door for everything that leaves, recorded before it leaves.

Read in this order: outbox, channel_choice, compose, plan, parts, sender, ledger, pacing, receipts, recovery, reconcile.
"""
