"""Run the code cells of notebooks one after the other, and say how each cell ended.

    python -P tests/cells.py FILE      (-P: `numbers` is Python's, not the one here)

One process for many notebooks, because importing Keras takes longer than most of them.
FILE is JSON that `test_assignments.py` writes; the results replace its content.
"""

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path

import numpy as np


def run(job: dict) -> dict:
    """By cell id, errors and texts; what functions and the model make of new inputs."""
    namespace: dict = {"__name__": "__main__"}
    result: dict = {"errors": {}, "printed": {}, "answered": {}}
    for cell, code in job["cells"]:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, cell, "exec"), namespace)
        except Exception as error:
            result["errors"][cell] = [type(error).__name__, str(error)]
        result["printed"][cell] = printed.getvalue()
    for name, seed in job.get("functions", {}).items():
        generator = runpy.run_path(job["starter"])[name]
        cases = generator(np.random.default_rng(seed))
        results = [namespace[name](*case) for case in cases]
        result["answered"][name] = sum(each is not None for each in results)
    for name, shape in job.get("models", {}).items():
        result["accuracy"] = accuracy(namespace[name], shape)
    return result


def accuracy(model, shape: str) -> float:
    """The share of test images that a model names, shown as `shape` says."""
    import keras

    _, (images, targets) = keras.datasets.fashion_mnist.load_data()
    if shape != "raw":
        images = images.astype("float32") / 255
    if shape == "flat":
        images = images.reshape(len(images), -1)
    answers = model.predict(images)
    if np.ndim(answers) > 1:
        answers = np.argmax(answers, axis=1)
    return float(np.mean(answers == targets))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    jobs = json.loads(file.read_text(encoding="utf-8"))
    results = {name: run(job) for name, job in jobs.items()}
    file.write_text(json.dumps(results), encoding="utf-8")
