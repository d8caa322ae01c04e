"""The commands of the chapter on scattering."""

from sweeps.scattering.classified_command import Scattering
from sweeps.scattering.collapse_command import PhaseCollapse
from sweeps.scattering.properties_command import Properties

COMMANDS = (Scattering, Properties, PhaseCollapse)
