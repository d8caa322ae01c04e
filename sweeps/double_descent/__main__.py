"""`python -m sweeps.double_descent`: see `sweeps.double_descent.sweep`."""

import sys

from sweeps.double_descent.sweep import main

if __name__ == "__main__":
    sys.exit(main())
