"""Layer by Layer: what makes the notebooks, the site and the assignments of `book/`."""
