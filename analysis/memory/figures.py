"""The figures of the chapter."""

from analysis.plotting.figure import chapter

of = chapter("memory")

FIGURES = (
    of("learning", "memory", "how the share of wrong plays falls while a finite memory learns"),
    of("learning", "memory-256", "the same of memories of 256 effective states"),
    of("columns", "columns", "the column of confidence, and what is learnt from near it"),
)
