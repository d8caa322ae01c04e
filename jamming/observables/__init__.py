"""What is measured on a network beyond its loss: functions of weights and data.

They raise `BadInput` for arrays of other shapes than stated, values that are not finite, labels
other than +-1, numbers out of range, and for networks of several outputs, or that are no chain of
layers, where one output or a chain is meant; a docstring says what else.
"""
