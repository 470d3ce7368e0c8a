"""Web chat: who a visitor is, what was said and seen, and that somebody is writing."""
