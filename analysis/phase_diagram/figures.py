"""The figures of the chapter on phase diagrams, each of a named experiment."""

from analysis.plotting.figure import chapter
from sweeps.lazy_feature.experiments import OTHER_SETS

of = chapter("phase_diagram")
LINES = "the jamming line by budget, set {} of other points"

FIGURES = (
    of("jamming_lines", "jamming-lines", "the jamming line by budget", "regimes-jamming"),
    *(
        of("jamming_lines", f"jamming-lines-{k}", LINES.format(k), f"regimes-jamming-{k}")
        for k in OTHER_SETS
    ),
    of("sgd_axis", "sgd-axis", "the phase diagram with SGD"),
    of("diagram", "phase-digits", "the phase diagram"),
    of("observed", "observed-fc", "R_f over the phase diagram, fully connected"),
    of("observed", "observed-cnn", "R_f over the phase diagram, convolutional"),
    of("sections", "double-descent-digits", "double descent at three alpha~", "phase-digits"),
)
