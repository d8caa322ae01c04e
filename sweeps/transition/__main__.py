"""`python -m sweeps.transition COMMAND`: see `sweeps.transition.commands`."""

import sys

from jamming.commands.typed import choose
from sweeps.transition.commands import COMMANDS

if __name__ == "__main__":
    sys.exit(choose(COMMANDS, "transition"))
