"""The claims of double descent, D1 to D5, and of scaling with N, S1 to S18 and P12."""

from claims.double_descent.double_descent import DOUBLE_DESCENT
from claims.double_descent.scaling import SCALING

CLAIMS = (*DOUBLE_DESCENT, *SCALING)
