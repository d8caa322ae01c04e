"""Laws fitted to what many seeds measured, with intervals from a bootstrap over the seeds.

`interval`: a value and between what it lies; `points`: means over seeds, their errors, and their
bootstrap; `least_squares`, of many samples at once; `power`: power laws, alone, above a floor, and
with corrections; `collapse`: how far curves are from being one; `crossing`: where a curve passes a
level.
"""
