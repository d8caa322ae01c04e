"""Networks as pure functions: activations, parametrisations, FC, CNN, residual, padding.

They raise `BadInput` for unknown names, numbers out of range and inputs of other shapes.
"""
