"""The figures of the chapter."""

from analysis.plotting.figure import chapter

of = chapter("equivariance")

FIGURES = (
    of("errors", "equivariance-errors", "how far stacks of spherical correlations commute"),
    of("points", "points-tetris", "which pieces of Tetris networks of point clouds tell apart"),
    of("points", "points-bundles", "how many bundles of helices and strands they need for it"),
    of("voxels", "voxels", "pieces of Tetris in orientations that were not learnt"),
    of("voxels", "voxels-nonlinearities", "gates beside norms, on pieces of Tetris"),
    of("voxels", "voxels-untrained", "low-passes before strides, and turns by 45 degrees"),
    of("solids", "solids-shapes", "shapes as voxels, turned or not"),
    of("solids", "solids-proteins", "how many proteins networks of voxels need"),
    of("sphere", "sphere-digits", "digits on the sphere, rotated or not"),
    of("sphere", "sphere-zonal", "digits on the sphere, filters with directions and without"),
    of("shapes", "shapes", "shapes seen from a sphere, rotated or not"),
    of("molecules", "molecules", "energies of small molecules"),
)
