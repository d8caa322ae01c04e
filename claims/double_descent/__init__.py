"""Claims about double descent."""
