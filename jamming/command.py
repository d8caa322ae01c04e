"""What all command lines share: bad input is one line on stderr and exit code 2."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from jamming.errors import BadInput

GOES_ON = "interrupted; what had ended is kept, the same command goes on there"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2."""
        self.exit(2, f"{self.prog}: {one_line(message)} (see --help)\n")


def one_line(message: object) -> str:
    """Its text without line breaks."""
    return " ".join(str(message).split())


def exit_code(name: str, run: Callable[[], int], lower: str = "") -> int:
    """That of `run`; 2 with one line on bad input, 130 on Ctrl-C, 0 where nobody reads stdout.

    `lower` names the options that save memory.
    """
    try:
        return run()
    except BadInput as error:
        print(f"{name}: {one_line(error)}", file=sys.stderr)
        return 2
    except MemoryError:
        print(f"{name}: not enough memory: lower {lower or 'the sizes'}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of stdout has gone; all files are written by then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"\n{name}: {GOES_ON}", file=sys.stderr)
        return 130
