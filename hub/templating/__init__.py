"""Turns the message templates of the operator and of marketing into texts, in a sandbox they cannot leave.

Read in this order: names, parts, sandbox (with inspection, filters and meter), template, samples, folders, checking.
`inlining`, `plaintext` and `links` prepare an e-mail once per template version, not once per customer.
"""
