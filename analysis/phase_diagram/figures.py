"""The figures of the chapter on phase diagrams, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("phase_diagram")

FIGURES = (
    of("jamming_lines", "jamming-lines", "the jamming line by budget", "regimes-jamming"),
    of("sgd_axis", "sgd-axis", "the phase diagram with SGD"),
    of("diagram", "phase-digits", "the phase diagram"),
    of("observed", "observed-fc", "R_f over the phase diagram, fully connected"),
    of("observed", "observed-cnn", "R_f over the phase diagram, convolutional"),
    of("sections", "double-descent-digits", "double descent at three alpha~", "phase-digits"),
)
