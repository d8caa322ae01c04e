"""Claims about random features."""
