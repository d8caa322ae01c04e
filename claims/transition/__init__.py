"""Claims about the jamming transition."""
