"""Runs inside a kernel, as its first cell: note what cells change besides names."""


def watch() -> list:
    """A list that gets, after each cell, what has another value than before it."""
    import os
    import sys
    import warnings

    from IPython import get_ipython

    def settings() -> dict:
        """What lies outside of the notebook's names and changes what cells do.

        Of libraries, what has settings and was imported. Random generators are left
        out: they change with every number drawn.
        """
        found = {
            "files": sorted(os.listdir()),
            "folder": os.getcwd(),
            "environment": dict(os.environ),
            "search path": sys.path,
            "warnings": warnings.filters,
        }
        if numpy := sys.modules.get("numpy"):
            found["numpy"] = numpy.get_printoptions()
        if matplotlib := sys.modules.get("matplotlib"):
            found |= dict.items(matplotlib.rcParams)  # without choosing a backend
        if sklearn := sys.modules.get("sklearn"):
            found["sklearn"] = sklearn.get_config()
        if keras := sys.modules.get("keras"):
            names = ("backend", "dtype_policy", "epsilon", "floatx")
            names += ("image_data_format", "is_interactive_logging_enabled")
            found["keras"] = [getattr(keras.config, name)() for name in names]
        return {key: repr(value) for key, value in found.items()}

    changes, before = [], settings()

    def note(result):
        now = settings()
        changes.append([key for key in now if now[key] != before.get(key)])
        before.update(now)

    get_ipython().events.register("post_run_cell", note)
    return changes


changes_of_cells = watch()
