"""The exceptions that a user is meant to see, and warnings."""

import sys


class BadInput(ValueError):
    """The input cannot be used as given.

    The message is a single line that says what is wrong and what to do about it. Command lines
    print it on stderr and leave with exit code 2; library callers get it as an exception.
    """


class NotPrepared(BadInput):
    """A data set is not here; the message says how to get it."""


def one_line(message: object) -> str:
    """Its text without line breaks."""
    return " ".join(str(message).split())


def described(error: Exception) -> str:
    """An exception of other code as part of a message: its type and its text, cut to one line."""
    return f"{type(error).__name__}: {one_line(error)[:300] or 'no message'}"


def warn(message: object) -> None:
    """One line on stderr, of what is not as it should be and does not end the work."""
    print(one_line(message), file=sys.stderr, flush=True)
