"""`python -m sweeps.scattering COMMAND`: see `sweeps.scattering.commands`."""

from jamming.commands.typed import choose
from sweeps.scattering.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "scattering"))
