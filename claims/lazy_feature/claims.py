"""The claims of lazy and feature learning: L1 to L27 and X3."""

from claims.lazy_feature.growth import GROWTH, TIMES
from claims.lazy_feature.lazy_or_feature import ERRORS
from claims.lazy_feature.variants import VARIANTS

CLAIMS = (*ERRORS, *VARIANTS, *GROWTH, *TIMES)
