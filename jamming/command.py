"""What all command lines share: bad input is one line on stderr and exit code 2."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2."""
        self.exit(2, f"{self.prog}: {one_line(message)} (see --help)\n")


def one_line(message: object) -> str:
    """Its text without line breaks."""
    return " ".join(str(message).split())
