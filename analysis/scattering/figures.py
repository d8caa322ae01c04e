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
    *(
        of(module, f"scattering-{module}", about, "scattering-properties")
        for module, about in (
            ("chirps", "a dilated wave packet: modulus of the Fourier transform, and scattering"),
            ("stability", "scattering of what is deformed, moved and turned"),
            ("energy", "energy of scattering by order, and norms of operators"),
            ("phases", "textures and phases before and after a modulus"),
        )
    ),
    of("collapse", "phase-collapse", "phase collapse beside amplitude reductions, digits"),
    of("collapse", "phase-collapse-mnist", "phase collapse beside amplitude reductions, MNIST"),
    of("collapse_depth", "phase-collapse-depth", "phase collapse and thresholds, layer by layer"),
)
