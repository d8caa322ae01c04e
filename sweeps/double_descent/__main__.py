"""`python -m sweeps.double_descent COMMAND`: see `sweeps.double_descent.commands`."""

import sys

from jamming.commands.typed import choose
from sweeps.double_descent.commands import COMMANDS

if __name__ == "__main__":
    sys.exit(choose(COMMANDS, "double_descent"))
