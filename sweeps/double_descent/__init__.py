"""Double descent: test errors against the width, ensembles, and the limit of wide networks."""
