"""Command lines: exit codes, one line for each error, signals, TOML, files written whole."""
