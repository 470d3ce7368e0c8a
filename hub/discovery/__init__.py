"""Finds the servers of a mailbox from its address.

Read in this order: proposal (what is found), providers (who is known), autoconfig and records (who is asked), finding.
"""
