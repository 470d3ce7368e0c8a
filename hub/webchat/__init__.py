"""Web chat: who a visitor is, what he said and has seen, and that somebody is writing."""
