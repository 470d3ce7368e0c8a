"""What is done by itself when a message comes in, in the transaction that lands it.

Rules in sentences (when a message comes in, if all of it is so, then that is done): sentences (what a rule says),
acting (does it), trial (what it would have done), suggestion (what a conversation suggests). Automatic replies: silence
(when none may leave), answer_words (what is said), answering (says it). Bots: menu (what one
says to what it was told), talking (lets it talk).
"""
