"""The commands of the chapter on scattering."""

from sweeps.scattering.classified_command import Scattering

COMMANDS = (Scattering,)
