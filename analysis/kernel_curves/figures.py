"""The figures of the chapter on learning curves of kernels, each of a named experiment."""

from analysis.plotting.figure import Figure, chapter

of = chapter("kernel_curves")

FIGURES: tuple[Figure, ...] = ()
