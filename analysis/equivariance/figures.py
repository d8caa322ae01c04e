"""The figures of the chapter."""

from analysis.plotting.figure import chapter

of = chapter("equivariance")

FIGURES = (
    of("errors", "equivariance-errors", "how far stacks of spherical correlations commute"),
    of("sphere", "sphere-digits", "digits on the sphere, rotated or not"),
    of("sphere", "sphere-zonal", "digits on the sphere, filters with directions and without"),
    of("shapes", "shapes", "shapes seen from a sphere, rotated or not"),
    of("molecules", "molecules", "energies of small molecules"),
)
