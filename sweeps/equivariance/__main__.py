"""`python -m sweeps.equivariance COMMAND`: see `sweeps.equivariance.commands`."""

from jamming.commands.typed import choose
from sweeps.equivariance.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "equivariance"))
