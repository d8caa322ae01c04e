"""What was claimed: published statements, each with a number to check it, and how they came out."""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
