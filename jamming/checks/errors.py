"""The exceptions that a user is meant to see, and warnings."""

import sys


class BadInput(ValueError):
    """The input cannot be used as given.

    The message is a single line that says what is wrong and what to do about it. Command lines
    print it on stderr and leave with exit code 2; library callers get it as an exception.
    """


class NotPrepared(BadInput):
    """A data set is not here; the message says how to get it."""


def warn(message: object) -> None:
    """One line on stderr, of what is not as it should be and does not end the work."""
    print(" ".join(str(message).split()), file=sys.stderr, flush=True)
