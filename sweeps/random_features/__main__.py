"""`python -m sweeps.random_features COMMAND`: see `sweeps.random_features.commands`."""

from jamming.commands.typed import choose
from sweeps.random_features.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "random_features"))
