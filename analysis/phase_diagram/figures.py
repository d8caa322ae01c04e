"""The figures of the chapter on phase diagrams, each of a named experiment."""

from analysis.lazy_feature.estimates import opened
from analysis.phase_diagram import diagram, jamming_lines, sections, sgd_axis
from analysis.plotting.figure import Figure
from sweeps.phase_diagram.sweep import open_diagram

FIGURES = (
    Figure(
        "jamming-lines",
        "regimes-jamming",
        "the jamming line by budget",
        opened,
        jamming_lines.draw,
    ),
    Figure("sgd-axis", "sgd-axis", "the phase diagram with SGD", sgd_axis.opened, sgd_axis.draw),
    Figure("phase-digits", "phase-digits", "the phase diagram", open_diagram, diagram.draw),
    Figure(
        "double-descent-digits",
        "phase-digits",
        "double descent at three alpha~",
        open_diagram,
        sections.draw,
    ),
)
