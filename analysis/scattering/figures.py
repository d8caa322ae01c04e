"""The figures of the chapter on scattering, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("scattering")

FIGURES = (
    of("collapse", "phase-collapse", "phase collapse beside amplitude reductions, digits"),
    of("collapse", "phase-collapse-mnist", "phase collapse beside amplitude reductions, MNIST"),
    of("collapse_depth", "phase-collapse-depth", "phase collapse and thresholds, layer by layer"),
)
