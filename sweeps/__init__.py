"""What to run: experiments, the store that their trajectories go to, and how they show progress."""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
