"""Claims about the (h, alpha) phase diagram."""
