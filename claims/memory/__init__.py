"""Claims on two-hypothesis testing with finite memory."""
