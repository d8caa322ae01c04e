"""The search for the jamming transition N*(P).

`config`: what to search; `ladder`: the widths that can be tried; `protocols`: in which order;
`logistic`: from who fitted to N* and its interval; `outcome`: what is found; `search`: all of it
for a grid of P and depths; `report`: labelled arrays and a table.
"""
