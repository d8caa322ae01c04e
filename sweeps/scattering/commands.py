"""The commands of the chapter on scattering."""

from sweeps.scattering.collapse_command import PhaseCollapse

COMMANDS = (PhaseCollapse,)
