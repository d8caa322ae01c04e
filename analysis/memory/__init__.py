"""Figures of learning with finite memory."""
