"""The figures of the chapter on scattering, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("scattering")

FIGURES = (
    of(
        "classified",
        "scattering-classified",
        "errors of classifiers of scattering coefficients",
        "scattering-mnist",
    ),
    of(
        "classified",
        "scattering-classified-cifar10",
        "errors of classifiers of scattering coefficients, CIFAR-10",
        "scattering-cifar10",
    ),
    of(
        "coefficients",
        "scattering-coefficients",
        "images and their scattering coefficients",
        "scattering-mnist",
    ),
)
