"""What is measured on a network beyond its loss: functions of weights and data."""
