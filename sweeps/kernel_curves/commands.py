"""The commands of the chapter on learning curves of kernels."""

from sweeps.kernel_curves.curves_command import KernelCurves
from sweeps.kernel_curves.neighbours_command import Neighbours
from sweeps.kernel_curves.teacher_command import Lattice, TeacherStudent

COMMANDS = (KernelCurves, Neighbours, TeacherStudent, Lattice)
