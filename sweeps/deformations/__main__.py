"""`python -m sweeps.deformations COMMAND`: see `sweeps.deformations.commands`."""

from jamming.commands.typed import choose
from sweeps.deformations.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "deformations"))
