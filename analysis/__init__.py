"""What to see: one module for each figure, from a stored result to a picture."""
