"""Run what is missing and store it: the store and its seals, checkpoints, progress."""
