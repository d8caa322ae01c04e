"""`python -m analysis.phase_diagram STORE`: see `analysis.phase_diagram.diagram`."""

import sys

from analysis.plotting.cli import run

if __name__ == "__main__":
    sys.exit(run("phase_diagram.diagram", prog="phase_diagram"))
