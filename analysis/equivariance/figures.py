"""The figures of the chapter."""

from analysis.plotting.figure import chapter

of = chapter("equivariance")

FIGURES = (
    of("errors", "equivariance-errors", "how far stacks of spherical correlations commute"),
    of("voxels", "voxels", "pieces of Tetris in orientations that were not learnt"),
    of("voxels", "voxels-nonlinearities", "gates beside norms, on pieces of Tetris"),
)
