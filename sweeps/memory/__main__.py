"""`python -m sweeps.memory`: see `sweeps.memory.commands`."""

from jamming.commands.typed import choose
from sweeps.memory.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "memory"))
