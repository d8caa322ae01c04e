"""Classic networks for images: from fully connected ones and LeNet to ResNet and EfficientNet.

`jamming.models.classic.named` makes one by its name; `jamming.models.classic.classifier` states
what all have in common, and has `layers`, the representations within.
"""
