"""The (h, alpha) phase diagram by gradient flow, and its counterpart along an axis of SGD."""
