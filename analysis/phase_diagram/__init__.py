"""Figures of the (h, alpha) phase diagram."""
