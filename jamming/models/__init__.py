"""Networks as pure functions: activations, parametrisations, FC, CNN, residual, padding."""
