"""Claims about lazy and feature learning."""
