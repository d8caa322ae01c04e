"""The figures of the chapter on double descent and scaling with N."""

from analysis.plotting.figure import chapter

of = chapter("double_descent")

ERROR = "fluctuations of f, boundaries, and what they do to the error"
DIFFERENCE = "fluctuations where f - f_0 is trained"
CHANNELS = "errors of convolutional networks against their channels"

FIGURES = (
    of("descent", "descent", "test error against N, of one network, stopped early, and averaged"),
    of("norm", "norm", "norm of f and its divergence", "descent"),
    of("norm", "norm-decay", "norm of f under a decay of the weights", "descent-decay"),
    of("norm", "norm-noise", "norm of f under the noise of SGD", "descent-noise"),
    of("fluctuations", "fluctuations", ERROR, "descent"),
    of("courses", "courses", "errors in time, around jamming", "descent"),
    of("descent", "descent-points", "test error against N / N* for several P"),
    of("descent", "descent-depth", "test error against N for several depths"),
    of("averages", "averages", "error of the average of n networks", "descent-averages"),
    of("fluctuations", "fluctuations-difference", DIFFERENCE, "descent-difference"),
    of("convolutions", "convolutions", CHANNELS, "descent-cnn"),
    of("wide", "wide", "what initial weights do to wide networks", "initial"),
)
