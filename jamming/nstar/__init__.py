"""The search for the jamming transition N*(P)."""
