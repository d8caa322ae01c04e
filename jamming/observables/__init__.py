"""What is measured on a network beyond its loss: functions of weights and data.

They raise `BadInput` for arrays of other shapes than stated, values that are not finite, labels
other than +-1 and numbers out of range; a docstring says what else.
"""
