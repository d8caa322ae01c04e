"""The commands of the chapter on learning curves of kernels."""

from sweeps.kernel_curves.curves_command import KernelCurves

COMMANDS = (KernelCurves,)
