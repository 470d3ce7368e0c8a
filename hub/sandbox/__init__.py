"""Plays the outside world on loopback, so that a first run needs no account and tests need no mocks."""
