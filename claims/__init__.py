"""What was claimed: published statements, each with a number to check it, and how they came out."""
