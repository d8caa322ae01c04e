"""What enters is checked here: numbers and sequences, arrays, and how a refusal is said."""
