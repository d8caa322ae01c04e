"""What it costs: a script for each question."""
