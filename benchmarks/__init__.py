"""What it costs: a script for each question."""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
