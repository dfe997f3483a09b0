"""Grade submitted notebooks: `make grade` runs `grade.py`, which says how."""
