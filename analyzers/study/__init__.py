"""Studies of a run: what closed the gaps, when, and against what."""
