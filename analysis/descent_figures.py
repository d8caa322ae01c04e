"""The figures of the chapter on double descent and scaling with N."""

from analysis import averages, convolutions, courses, descent, descents, fluctuations, norm, wide
from analysis.figure import Figure

DESCENTS = (
    Figure(
        "descent",
        "descent",
        "test error against N, of one network, stopped early, and averaged",
        descents.opened,
        descent.draw,
    ),
    Figure("norm", "descent", "norm of f and its divergence", descents.opened, norm.draw),
    Figure(
        "fluctuations",
        "descent",
        "fluctuations of f, boundaries, and what they do to the error",
        descents.opened,
        fluctuations.draw,
    ),
    Figure("courses", "descent", "errors in time, around jamming", descents.opened, courses.draw),
    Figure(
        "descent-points",
        "descent-points",
        "test error against N / N* for several P",
        descents.opened,
        descent.draw,
    ),
    Figure(
        "descent-depth",
        "descent-depth",
        "test error against N for several depths",
        descents.opened,
        descent.draw,
    ),
    Figure(
        "averages",
        "descent-averages",
        "error of the average of n networks",
        descents.opened,
        averages.draw,
    ),
    Figure(
        "fluctuations-difference",
        "descent-difference",
        "fluctuations where f - f_0 is trained",
        descents.opened,
        fluctuations.draw,
    ),
    Figure(
        "convolutions",
        "descent-cnn",
        "errors of convolutional networks against their channels",
        convolutions.opened,
        convolutions.draw,
    ),
    Figure("wide", "initial", "what initial weights do to wide networks", wide.opened, wide.draw),
)
