"""`python -m sweeps.phase_diagram`: see `sweeps.phase_diagram.sweep`."""

import sys

from sweeps.phase_diagram.sweep import main

if __name__ == "__main__":
    sys.exit(main())
