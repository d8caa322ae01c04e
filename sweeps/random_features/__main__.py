"""`python -m sweeps.random_features`: see `sweeps.random_features.sweep`."""

import sys

from sweeps.random_features.sweep import main

if __name__ == "__main__":
    sys.exit(main())
