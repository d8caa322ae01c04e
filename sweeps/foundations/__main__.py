"""`python -m sweeps.foundations COMMAND`: see `sweeps.foundations.commands`."""

from jamming.commands.typed import choose
from sweeps.foundations.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "foundations"))
