"""The figures of the chapter on foundations, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("foundations")

FIGURES = (
    of("laziness", "laziness", "lazy training: flows, kappa, kernels of finite width"),
    of("bounds", "bounds", "Lipschitz bounds, margins and adversarial changes"),
    of("separability", "separability", "how well layers separate classes"),
    *(
        of(
            "invertible",
            f"invertible-{name}",
            f"an invertible network beside a residual one, {name}",
        )
        for name in ("digits", "mnist")
    ),
    of("filters", "filters", "first-layer filters and the Gabor functions closest to them"),
    of("coordinates", "coordinates", "the coordinate check: changes of layers against the width"),
)
