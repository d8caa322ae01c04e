"""`python -m analysis.random_features STORE`: see `analysis.random_features.figure`."""

import sys

from analysis.plotting.cli import run

if __name__ == "__main__":
    sys.exit(run("random_features.figure", prog="random_features"))
