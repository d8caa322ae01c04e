"""Claims about learning curves."""
