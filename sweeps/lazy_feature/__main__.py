"""`python -m sweeps.lazy_feature COMMAND`: see `sweeps.lazy_feature.commands`."""

from jamming.commands.typed import choose
from sweeps.lazy_feature.commands import COMMANDS

if __name__ == "__main__":
    raise SystemExit(choose(COMMANDS, "lazy_feature"))
