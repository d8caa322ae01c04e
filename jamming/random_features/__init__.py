"""The random-features model: one hidden layer, frozen at the start, and its exact test error."""
