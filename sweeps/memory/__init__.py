"""Two-hypothesis testing with finite memory: what policies are learnt, and how good they are."""
