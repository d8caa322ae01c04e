"""Data on the sphere, with labels +-1 or classes: `load` by name, or `from_arrays` for one's own.

Everything here is NumPy in float64: it is the edge where files become arrays.
"""

from jamming.data.dataset import Dataset, from_arrays, load, subsets
from jamming.data.names import Spec, parse_name
from jamming.data.preprocess import Pool, prepare
from jamming.data.sources import Raw, raw

__all__ = [
    "Dataset",
    "Pool",
    "Raw",
    "Spec",
    "from_arrays",
    "load",
    "parse_name",
    "prepare",
    "raw",
    "subsets",
]
