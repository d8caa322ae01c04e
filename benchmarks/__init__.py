"""What it costs: a script for each question."""

from jamming.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
