"""Claims that are exact: units, limits, and identities of the definitions."""
