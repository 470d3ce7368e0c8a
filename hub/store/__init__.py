"""The store: ALL SQL of the hub. Start with database.py (read, write), then tables.py."""
