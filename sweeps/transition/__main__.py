"""`python -m sweeps.transition COMMAND`: see `sweeps.transition.commands`."""

from jamming.commands.typed import choose
from sweeps.transition.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "transition"))
