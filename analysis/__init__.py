"""What to see: one module for each figure, from a stored result to a picture."""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
