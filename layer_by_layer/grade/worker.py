"""Run one submission's cells and answer questions about what they left behind.

This file and colab.py alone run inside the sandbox, in a fresh process, on the standard
library, NumPy and IPython. It talks with the grader in lines of JSON:

    grader → {"cells": [source, …], "answers": {"q1": {"name", "kind"}, …}, "step": …}
    worker → {"cell": 1} before each cell, then {"done": …, "failed": …, "found": …}
    grader → {"nonce": "…", "probes": {"q1": {"inputs": …, "step": seconds}, …}}
    worker → {"nonce": "…", "id": "q1", …} per question, then {"nonce": "…", "end": …}

Values and texts are read before hidden inputs arrive, so they can hold none. After
that the grader takes answers, numbers of classes, and kinds of errors, but no message.

A student's code can change anything here, for it shares the process. That gains
nothing: expected values never come here, and the grader takes every line for what a
stranger wrote.
"""

import base64
import builtins
import json
import os
import re
import signal
import sys
import types
from contextlib import contextmanager, suppress
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np

LONGEST_ERROR = 300  # characters
LONGEST_TEXT = 20_000  # characters of a written answer
LONGEST_VALUE = 1_000_000  # bytes of one answer, as JSON
LARGEST = 100_000  # numbers in an array
BITS = 10_000  # of an integer; JSON's reader refuses more than 4,300 digits
NAMES = 500  # that a notebook defines, for finding similar ones
DEPTH = 20  # of lists within lists
NUMBERS = re.compile(r"[<|](b1|[iu][1248]|f[248])")  # kinds of arrays that are sent


class TimeUp(BaseException):
    """A cell or a call took too long. Not an Exception: loops often catch those."""


# ---------------------------------------------------------------- values as JSON


def encode(value, depth: int = DEPTH):
    """A value as JSON can say it: {"unsupported": type} where it cannot."""
    if isinstance(value, np.ndarray | np.generic):
        return encode_array(value, depth)
    if isinstance(value, int) and int.bit_length(value) > BITS:
        return {"unsupported": f"int of {int.bit_length(value)} bits"}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth and isinstance(value, list | tuple):
        items = [encode(item, depth - 1) for item in value]
        return {"tuple": items} if isinstance(value, tuple) else items
    if depth and isinstance(value, dict):
        pairs = [[encode(k, depth - 1), encode(v, depth - 1)] for k, v in value.items()]
        return {"dict": pairs}
    if depth and hasattr(value, "__array__"):  # a tensor, a table's column
        return encode(np.asarray(value), depth - 1)
    return {"unsupported": type(value).__name__}


def encode_array(array, depth: int):
    """An array as its bytes; a single number, and what are no numbers, as such."""
    if array.size > LARGEST:
        return {"unsupported": f"array of {array.size} numbers"}
    if not array.shape or array.dtype.kind not in "biuf":
        return encode(array.tolist(), depth - 1) if depth else {"unsupported": "array"}
    if array.dtype.kind == "f" and array.itemsize > 8:
        array = array.astype("float64")
    return pack(array)


def pack(array) -> dict:
    """An array of numbers as its bytes in base64, its type and its shape."""
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    data = base64.b64encode(array.tobytes()).decode()
    return {"array": data, "dtype": array.dtype.str, "shape": list(array.shape)}


def fitting(coded):
    """A coded value, if it is not too long to be sent."""
    fits = len(json.dumps(coded)) <= LONGEST_VALUE
    return coded if fits else {"unsupported": "value that is too long"}


def decode(coded):
    """The value that `encode` coded. Raises ValueError if it can be none."""
    if isinstance(coded, list):
        return [decode(item) for item in coded]
    if not isinstance(coded, dict):
        return coded
    match coded:
        case {"tuple": list(items)}:
            return tuple(decode(item) for item in items)
        case {"dict": list(pairs)}:
            with suppress(TypeError):  # a key that no dict can have
                return {decode(key): decode(value) for key, value in pairs}
        case {"array": str(data), "dtype": str(kind), "shape": list(shape)}:
            if NUMBERS.fullmatch(kind) and all(type(size) is int for size in shape):
                with suppress(OverflowError):
                    array = np.frombuffer(base64.b64decode(data), kind)
                    return array.reshape(shape).copy()
    raise ValueError("this is not a coded value")


# ---------------------------------------------------------------- cells


def run_cells(cells: list[str], module: types.ModuleType, step: float, tell) -> dict:
    """Run cells in order in one module; errors end a cell, not the notebook."""
    colab = read_beside("colab")
    shell = colab.open_shell(module)
    failed, slow = [], []
    for number, source in enumerate(cells, start=1):
        tell({"cell": number})
        try:
            with time_limit(step):
                error = colab.run_cell(shell, source)
        except BaseException as raised:
            error = raised
        if error is not None:
            failed.append({"cell": number, "error": in_a_line(error)})
            if isinstance(error, TimeUp):
                slow.append(number)
    own = {name for name in vars(module) if name.startswith("_")}
    own |= set(shell.user_ns_hidden)
    names = [name[:80] for name in vars(module) if name not in own]
    return {"failed": failed, "slow": slow, "names": names[:NAMES]}


def read_beside(name: str) -> types.ModuleType:
    """A module in the folder of this file, which no import would find (`-I`)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_a_line(error: BaseException) -> str:
    """`NameError: name 'x' is not defined`; what a student's class says may fail."""
    name = type(error).__name__
    if isinstance(error, TimeUp):
        return f"TimeoutError: {error}"
    try:
        text = str(error)
    except BaseException:
        text = ""
    return f"{name}: {text}"[:LONGEST_ERROR] if text else name


@contextmanager
def time_limit(seconds: float):
    """End what runs longer with TimeUp, unless it catches even that."""

    def end(*_):
        raise TimeUp(f"stopped after {seconds:g} seconds")

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


# ---------------------------------------------------------------- answers


def look(answers: dict, space: dict, step: float) -> dict:
    """What answers there are, by question: types, and values and texts."""
    found = {}
    for question, asked in answers.items():
        if asked["name"] in space:
            value = space[asked["name"]]
            found[question] = {"type": type(value).__name__}
            with suppress(BaseException), time_limit(step):
                if asked["kind"] == "value":
                    found[question]["value"] = fitting(encode(value))
                elif asked["kind"] == "written" and isinstance(value, str):
                    found[question]["text"] = value[:LONGEST_TEXT]
    return found


def answer(value, probe: dict, step: float) -> dict:
    """What a function or a model says to its probe."""
    if "inputs" in probe:
        return {"answers": calls(value, probe["inputs"], step)}
    try:
        with time_limit(step):
            return {"labels": pack(labels(value, probe))}
    except BaseException as error:
        return {"error": kind_of(error)}


def calls(function, inputs: list, step: float) -> list[dict]:
    """What a function returns for each input, or the kind of error it ends with."""
    answers = []
    for coded in inputs:
        arguments = decode(coded)
        try:
            with time_limit(step):
                answers.append({"value": fitting(encode(function(*arguments)))})
        except BaseException as error:
            answers.append({"error": kind_of(error)})
            if isinstance(error, TimeUp):
                break  # it would be so for each of them
    return answers


def kind_of(error: BaseException) -> str:
    """The nearest kind of error that is Python's own."""
    if isinstance(error, TimeUp):
        return "TimeoutError"
    kinds = (kind.__name__ for kind in type(error).__mro__)
    return next(name for name in kinds if hasattr(builtins, name))


def labels(model, probe: dict) -> np.ndarray:
    """The class that a Keras or scikit-learn model predicts for each image: (n,)."""
    images = decode(probe["images"])
    if probe["input"] != "raw":
        images = images.astype("float32") / 255
    if probe["input"] == "flat":
        images = images.reshape(len(images), -1)
    quiet = {"verbose": 0} if "keras" in type(model).__module__ else {}
    predicted = np.asarray(model.predict(images, **quiet))
    if predicted.ndim == 2 and predicted.shape[1] > 1:
        predicted = predicted.argmax(axis=1)
    return predicted.reshape(len(images))


# ---------------------------------------------------------------- process


def restrict(limits: dict) -> None:
    """Give up rights and set limits, before a student's code is read.

    A sandbox that root starts gets a user of its own (`uid`), because limits on the
    number of processes do not hold root.
    """
    with suppress(OSError):  # if memory runs out all the same, this process goes first
        with open("/proc/self/oom_score_adj", "w") as file:  # root's, after setuid
            file.write("1000")
    if limits.get("uid"):
        os.setgroups([])
        os.setgid(limits["uid"])
        os.setuid(limits["uid"])
    import resource

    for name, value in limits["resources"].items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        with suppress(ValueError, OSError):  # macOS knows some limits and refuses them
            resource.setrlimit(kind, (value, value))


def main() -> None:
    restrict(json.loads(sys.argv[1]))
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # what a student prints is not kept
        os.dup2(nowhere, stream)

    def tell(message: dict) -> None:
        replies.write(json.dumps(message).encode() + b"\n")
        replies.flush()

    tell({"ready": True})
    task = json.loads(requests.readline())
    module = types.ModuleType("__main__")
    ran = run_cells(task["cells"], module, task["step"], tell)
    space = vars(module)
    found = look(task["answers"], space, task["step"])
    tell({"done": True, "found": found} | ran)
    request = json.loads(requests.readline())
    nonce = request["nonce"]
    for question, probe in request["probes"].items():
        value = space.get(task["answers"][question]["name"])
        reply = answer(value, probe, probe["step"])
        tell({"nonce": nonce, "id": question} | reply)
    tell({"nonce": nonce, "end": True})
    os._exit(0)  # threads that a student left running do not hold it up


if __name__ == "__main__":
    main()
