"""One module for each figure, drawn by `python -m analysis CHAPTER.MODULE STORE`.

The docstring of a module ends with the sweep whose folder it shows.
"""

from jamming.commands.signals import launched

launched()  # for `python -m`: Ctrl-C is one line from here on, before anything is imported
