"""`python -m sweeps.double_descent COMMAND`: see `sweeps.double_descent.commands`."""

from jamming.commands.typed import choose
from sweeps.double_descent.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "double_descent"))
