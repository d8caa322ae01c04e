"""`python -m sweeps.kernel_curves [COMMAND]`: see `sweeps.kernel_curves.commands`.

Without the name of a command it learns a data set, or from a teacher where one is named.
"""

import sys

from jamming.commands.typed import choose
from sweeps.kernel_curves.commands import COMMANDS

if __name__ == "__main__":
    flags = {word.partition("=")[0] for word in sys.argv[1:]}
    if sys.argv[1:2] and sys.argv[1].startswith("-") and {"--teacher", "--student"} & flags:
        sys.argv.insert(1, "teacher_student")
    raise SystemExit(choose(COMMANDS, "kernel_curves"))
