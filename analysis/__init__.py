"""One module for each figure, drawn by `python -m analysis CHAPTER.MODULE STORE`."""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
