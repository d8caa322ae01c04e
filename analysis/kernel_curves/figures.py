"""The figures of the chapter on learning curves of kernels, each of a named experiment."""

from analysis.plotting.figure import Figure, chapter

of = chapter("kernel_curves")

DATA = {"digits": "digits", "mnist": "MNIST", "cifar10": "CIFAR-10"}
CURVES, SPECTRA = "learning curves of kernels", "spectra of kernels and labels"

FIGURES: tuple[Figure, ...] = (
    *(of("curves", f"kernel-curves-{key}", f"{CURVES}, {name}") for key, name in DATA.items()),
    *(
        of("spectra", f"kernel-spectra-{key}", f"{SPECTRA}, {name}", f"kernel-curves-{key}")
        for key, name in DATA.items()
    ),
    of("curves", "kernel-curves-sigma", f"{CURVES} of several lengths, MNIST"),
    of("curves", "kernel-curves-stripe5", f"{CURVES}, stripes"),
    of("curves", "kernel-curves-cylinder5", f"{CURVES}, cylinders"),
    of("neighbours", "neighbours-images", "nearest neighbours of images"),
    of("neighbours", "neighbours-spheres", "nearest neighbours on spheres"),
)

LEARNT = {
    "laplace": "a Laplace teacher and student",
    "gaussian": "a Gaussian teacher, a Laplace student",
    "laplace-smooth-student": "a Laplace teacher, a Gaussian student",
    "gaussian-smooth-student": "a Gaussian teacher and student",
    "matern": "Matern teachers, a Laplace student",
}

FIGURES += (
    *(
        of("teacher", f"teacher-{key}", f"learning curves of {name}")
        for key, name in LEARNT.items()
    ),
    of("lattice", "lattice", "the exact error of kernels on lattices"),
)
