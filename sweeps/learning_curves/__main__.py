"""`python -m sweeps.learning_curves COMMAND`: see `sweeps.learning_curves.commands`."""

from jamming.commands.typed import choose
from sweeps.learning_curves.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "learning_curves"))
