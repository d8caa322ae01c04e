"""Where these experiments say otherwise than the papers: what holds in place of a statement."""
