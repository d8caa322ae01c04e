"""The report: evidence, the table of the terminal, and the page."""
