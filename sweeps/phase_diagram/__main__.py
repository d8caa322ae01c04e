"""`python -m sweeps.phase_diagram COMMAND`: see `sweeps.phase_diagram.commands`."""

from jamming.commands.typed import choose
from sweeps.phase_diagram.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "phase_diagram"))
