"""Data on the sphere, with labels +-1 or classes: `load` by name, or `from_arrays`.

Everything here is NumPy in float64: it is the edge where files become arrays. Names that are not
known, files that cannot be read and arrays that do not fit are refused as `BadInput`.
"""

from jamming.data.dataset import Dataset as Dataset
from jamming.data.dataset import from_arrays as from_arrays
from jamming.data.dataset import load as load
from jamming.data.dataset import subsets as subsets
from jamming.data.names import parse_name as parse_name
from jamming.data.preprocess import prepare as prepare
