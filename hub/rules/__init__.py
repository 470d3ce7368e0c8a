"""Rules in sentences: when a message comes in, if all of it is so, then that is done.

Read in this order: sentences (what a rule says), acting (does it, in the transaction that lands the message), trial
(what it would have done).
"""
