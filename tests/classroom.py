"""A small assignment, and notebooks that students might hand in: honest and hostile.

The assignment needs neither Fashion-MNIST nor TensorFlow, so that a whole class is
graded in a minute. Its model is a class with a `predict` that asks how bright an image
is. Whatever tampers does so with wrong answers: it must get no point for them.
"""

import base64
import copy
import json

import numpy as np

from layer_by_layer.assign.notebooks import solution_notebook, student_notebook

NAME = "02-logistic-regression"
CHAPTER = "02"
SOURCE = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
minutes: 60
---

+++ {"lang": "ko"}

# 과제 2. 시험용

짧은 문제들입니다.

+++ {"lang": "en"}

# Assignment 2. For tests

Short questions.

```{code-cell} ipython3
import numpy as np
```

+++ {"lang": "ko"}

## 문제 1. 두 배 (4점)

+++ {"lang": "en"}

## Question 1. Twice (4 points)

```{code-cell} ipython3
:question: {id: q1, kind: function, points: 4, answer: double_all}
def double_all(numbers):
    ### BEGIN SOLUTION
    return [2 * number for number in numbers]
    ### END SOLUTION
```

```{code-cell} ipython3
:check: q1
# ko: 두 배가 아닙니다.
# en: This is not twice as much.
assert double_all([1, 2]) == [2, 4]
```

+++ {"lang": "ko"}

## 문제 2. 행의 평균 (4점)

+++ {"lang": "en"}

## Question 2. Mean of rows (4 points)

```{code-cell} ipython3
:question: {id: q2, kind: function, points: 4, answer: row_means}
def row_means(table, name):
    ### BEGIN SOLUTION
    return name, table.mean(axis=1)
    ### END SOLUTION
```

```{code-cell} ipython3
:check: q2
# ko: 아직 답이 없습니다.
# en: There is no answer yet.
assert row_means(np.ones((2, 3)), "a") is not None
```

+++ {"lang": "ko"}

## 문제 3. 대략의 값 (2점)

+++ {"lang": "en"}

## Question 3. A value, about (2 points)

```{code-cell} ipython3
:question: {id: q3, kind: value, points: 2, answer: root, tolerance: 0.01}
### BEGIN SOLUTION
root = 2**0.5
### END SOLUTION
```

```{code-cell} ipython3
:check: q3
# ko: 아직 답이 없습니다.
# en: There is no answer yet.
assert root is not ...
```

+++ {"lang": "ko"}

## 문제 4. 정확한 값 (2점)

+++ {"lang": "en"}

## Question 4. A value, exactly (2 points)

```{code-cell} ipython3
:question: {id: q4, kind: value, points: 2, answer: primes}
### BEGIN SOLUTION
primes = [2, 3, 5, 7]
### END SOLUTION
```

```{code-cell} ipython3
:check: q4
# ko: 아직 답이 없습니다.
# en: There is no answer yet.
assert primes is not ...
```

+++ {"lang": "ko"}

## 문제 5. 밝기 (4점)

+++ {"lang": "en"}

## Question 5. Brightness (4 points)

```{code-cell} ipython3
:question: {id: q5, kind: model, points: 4, answer: model, thresholds: {0.6: 2, 0.9: 4}}
### BEGIN SOLUTION
class Bright:
    def predict(self, images):
        return (images.mean(axis=(1, 2)) > 0.5).astype(int)


model = Bright()
### END SOLUTION
```

```{code-cell} ipython3
:check: q5
# ko: 아직 답이 없습니다.
# en: There is no answer yet.
assert model is not ...
```

+++ {"lang": "ko"}

## 문제 6. 글 (3점)

+++ {"lang": "en"}

## Question 6. Words (3 points)

```{code-cell} ipython3
:question: {id: q6, kind: written, points: 3, answer: reason}
### BEGIN SOLUTION
# ko: 그렇기 때문입니다.
# en: Because it is so.
reason = ...
### END SOLUTION
```

```{code-cell} ipython3
:check: q6
# ko: 아직 답이 없습니다.
# en: There is no answer yet.
assert reason.strip()
```
"""
OTHER = SOURCE.replace("과제 2.", "과제 5.").replace("Assignment 2.", "Assignment 5.")
for theirs in ("double_all", "row_means", "root", "primes", "reason"):
    OTHER = OTHER.replace(theirs, f"other_{theirs}")
HIDDEN = """SEED = 20261127

def double_all(rng):
    return [([],), ([0],), ([918273, 5],), ([7001, -7002, 0.5],)]

def row_means(rng):
    tables = [rng.normal(1000, 1, size=(3, 4)), np.array([[6173.0, 6175.0]])]
    return [(table, "xyzzy-plugh") for table in tables]

import numpy as np
"""
SECRETS = ("918273", "7001", "7002", "6173", "xyzzy")
ALL = {"q1": 4, "q2": 4, "q3": 2, "q4": 2, "q5": 4}  # full points; q6 is by hand


def images(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Dark and bright images (200, 28, 28), and which they are (200,)."""
    rng = np.random.default_rng(1)
    bright = rng.integers(0, 2, 200)
    pixels = rng.integers(0, 100, (200, 28, 28)) + 140 * bright[:, None, None]
    bright[:10] = 1 - bright[:10]  # no honest model is right about these
    return pixels.astype("uint8"), bright


class Pupil:
    """Makes notebooks from those of an assignment."""

    def __init__(self, course, assignment):
        self.made = {
            (kind, lang): json.loads(json.dumps(make(course, assignment, lang)))
            for kind, make in (
                ("student", student_notebook),
                ("solution", solution_notebook),
            )
            for lang in ("ko", "en")
        }

    def book(self, kind="solution", lang="ko", first=(), last=(), **answers) -> dict:
        """A notebook with some answers replaced, and cells put first and last."""
        book = copy.deepcopy(self.made[kind, lang])
        for cell in book["cells"]:
            if cell.get("id") in answers:
                cell["source"] = answers[cell["id"]]
        book["cells"][1:1] = [code(source) for source in first]
        book["cells"] += [code(source) for source in last]
        return book

    def wrong(self, *last, first=(), **answers) -> dict:
        """A notebook all of whose answers are wrong, with cells at the end."""
        return self.book(first=first, last=last, **(WRONG | answers))


def code(source: str) -> dict:
    return {"cell_type": "code", "source": source, "outputs": [], "metadata": {}}


WRONG = {
    "q1": "def double_all(numbers):\n    return [13]",
    "q2": "def row_means(table, name):\n    return 13",
    "q3": "root = 13",
    "q4": "primes = [13]",
    "q5": "class Wrong:\n    def predict(self, images):\n"
    "        return np.full(len(images), 13)\nmodel = Wrong()",
    "q6": 'reason = ""',
}
NONE = dict.fromkeys(ALL, 0)


# ---------------------------------------------------------------- honest


def honest(pupil: Pupil) -> dict[str, tuple]:
    """By student: notebook, and the points that are expected."""
    ko, en = pupil.made["solution", "ko"], pupil.made["solution", "en"]
    stripped = {
        "cells": [
            {"cell_type": cell["cell_type"], "source": "".join(cell["source"])}
            for cell in en["cells"]
        ],
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {},
    }
    reordered = copy.deepcopy(ko)
    reordered["cells"][1:] = sorted(
        ko["cells"][1:], key=lambda cell: cell.get("id", "") != "q4"
    )
    other_way = {
        "q1": "double_all = lambda numbers: tuple(np.array(numbers) * 2)",
        "q2": "def row_means(table, name):\n"
        "    means = []\n    for row in table:\n"
        "        means.append(sum(row) / len(row))\n"
        "    return [name, means]",
        "q3": "import math\nroot = np.float32(math.sqrt(2))",
        "q4": "primes = np.arange(2, 10)\n"
        "primes = primes[[all(n % d for d in range(2, n)) for n in primes]]",
        "q5": "class Model:\n    def predict(self, x):\n"
        "        bright = x.reshape(len(x), -1).max(axis=1) > 0.45\n"
        "        return np.stack([~bright, bright], axis=1).astype('float32')\n"
        "model = Model()",
    }
    shell = [
        "!pip install torch\nimport numpy as np\n%matplotlib inline\npip install keras",
        "%%bash\nrm -r data",
        "%%time\nif True:\n    !ls\n    started = 1\nnp?",
        "from google.colab import drive\ndrive.mount('/content/drive')",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    ]
    used = "print(display(started))\nassert started == 1"
    renamed = pupil.book(
        q1="def doubleall(numbers):\n    return [2 * n for n in numbers]"
    )
    return {
        "perfect-ko": (ko, ALL),
        "perfect-en": (en, ALL),
        "김하늘-다른-풀이": (pupil.book(**other_way), ALL),
        "half-done": (pupil.book("student", q1=ko_source(ko, "q1")), NONE | {"q1": 4}),
        "untouched": (pupil.book("student", "en"), NONE),
        "no-cells": ({"cells": [], "metadata": {}}, NONE),
        "crash-in-the-middle": (pupil.book(first=["1 / 0", "x = ("]), ALL),
        "one-answer-fails": (pupil.book(q3="root = undefined"), ALL | {"q3": 0}),
        "extra-cells": (
            pupil.book(last=["numbers = 5\nfor i in range(9): print(i)"]),
            ALL,
        ),
        "renamed": (renamed, ALL | {"q1": 0}),
        "stripped-by-colab": (stripped, ALL),
        "reordered": (reordered, ALL),
        "shell-lines": (pupil.book(first=shell, last=[used]), ALL),
        "asks-for-input": (pupil.book(first=["name = input('name?')"]), ALL),
        "no-edge-case": (
            pupil.book(
                q1="def double_all(numbers):\n    largest = max(numbers)\n"
                "    return [2 * n for n in numbers]"
            ),
            ALL | {"q1": 3},
        ),
    }


def ko_source(book: dict, cell_id: str) -> str:
    found = next(cell for cell in book["cells"] if cell.get("id") == cell_id)
    return "".join(found["source"])


# ---------------------------------------------------------------- hostile

LIAR = """
class Liar(float):
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    def __float__(self): return 1.4142135
    __array__ = lambda self, *_, **__: np.array(1.4142135)
    def __reduce__(self): import os; os._exit(1)
class LyingInt(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
    __repr__ = __str__ = lambda self: "2"
class LyingText(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
class LyingArray(np.ndarray):
    __eq__ = lambda self, other: np.ones(self.shape, bool)
    shape = property(lambda self: (2,))
"""
TAMPER = """
import builtins, gc, inspect, json, sys
yes = lambda *_, **__: True
np.allclose = np.array_equal = np.isclose = yes
builtins.isinstance_ = isinstance
real = json.dumps
json.dumps = lambda value, *_, **__: real(value)
for frame in inspect.stack():
    names = frame.frame.f_globals
    if "calls" in names:
        names["calls"] = lambda function, inputs, step: [{"value": True, "right": True,
            "state": "right", "points": 4, "passed": 4}] * len(inputs)
        names["labels"] = lambda model, probe: np.zeros(200, int)
        names["kind_of"] = lambda error: "right"
for module in list(sys.modules.values()):
    for name in ("agrees", "same", "points", "mark"):
        if hasattr(module, name) and "numpy" not in module.__name__:
            setattr(module, name, yes)
sys.modules["layer_by_layer.grade"] = np
sys.modules["layer_by_layer.grade.compare"] = np
"""
FORGE = """
import json, os
full = {"answers": [{"value": []}, {"value": [0]}] * 2, "labels": [1] * 200,
        "state": "right", "points": 4, "passed": 4, "value": 1.41}
lines = [{"done": True, "names": [], "found": {"q1": {"type": "function"}}}]
lines += [{"nonce": None, "id": q, **full} for q in ("q1", "q2", "q3", "q4", "q5")]
lines += [{"id": "q1", **full}, {"nonce": "", "id": "q1", **full}, {"end": True},
          {"questions": {"q1": {"points": 4, "state": "right"}}}, {"end": 1}]
for descriptor in range(64):
    for line in lines:
        try: os.write(descriptor, json.dumps(line).encode() + b"\\n")
        except OSError: pass
"""
READ = """
import glob, os
places = ["PROJECT", "OUT", "OUT/../hidden", "OUT/../submissions", "/root", "/home",
          os.path.expanduser("~"), "/tmp", "/mnt", "/srv", "/opt", "/etc", "/var",
          "/proc/1/root", "/grader"]
found = []
for place in places:
    for folder, inner, files in os.walk(place):
        inner[:] = set(inner) - {"lib", "lib64", "include", "share", "etc", "1", "2"}
        found += [os.path.join(folder, name) for name in files]
found = [name for name in found if "site-packages" not in name and "/lib/" not in name]
words = []
for name in found:
    try: text = open(name, errors="replace").read(100_000)
    except OSError: continue
    if any(word in text for word in ("SEED", "BEGIN SOLUTION", "def test_", "perfect")):
        words.append(name)
try: words.append(open("/etc/shadow").read()[:20])
except OSError: pass
primes = [name for name in found if name.endswith((".ipynb", ".md", ".csv"))] + words
primes += [name for name in os.environ.values() if "grad" in name]
root = 0
for name in glob.glob("/proc/[0-9]*/cmdline"):
    try: root += open(name).read().count("pytest")
    except OSError: pass
"""
OVERWRITE = """
import sys
primes = []  # what could be changed; nothing is, even where this is not confined
for path in (sys.executable, np.__file__, "/grader/worker.py", "/etc/ld.so.cache", "/x",
             "/dev/x", "PROJECT/_config.yml", "OUT/grades.csv", "OUT/results/x"):
    try:
        open(path, "ab").close()
        primes.append(path)
    except OSError:
        pass
"""
NETWORK = """
import socket
reached = []
for address in (("1.1.1.1", 53), ("127.0.0.1", PORT), ("8.8.8.8", 80)):
    try:
        socket.create_connection(address, 1).close()
        reached.append(address[0])
    except OSError:
        pass
primes = reached
"""
FORK_BOMB = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
IGNORES = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True: pass
    except BaseException:
        pass
"""
LAZY_40_GB = """
import mmap
memory = [mmap.mmap(-1, 2 << 30) for _ in range(20)]
for part in memory:
    np.frombuffer(part, "uint8")[::4096] = 1
"""
PRINTS = "import os, sys\nfor _ in range(100):\n    print('x' * 1_000_000)\n" + (
    "    sys.stderr.write('x' * 100_000)\n    os.write(1, b'x' * 100_000)"
)
ODD_REPLIES = """
import json, os
value = {"unsupported": "\\ud800"}
line = {"done": True, "names": [], "found": {"q4": {"type": "list", "value": value}}}
for descriptor in range(64):
    try: os.write(descriptor, json.dumps(line).encode() + b"\\n")
    except OSError: pass
"""
FLOOD = """
import os
while True:
    for descriptor in range(3, 64):
        try: os.write(descriptor, b"{" * 1_000_000)
        except OSError: pass
"""
LATER = """
import os, threading, time
def forever():
    while True: time.sleep(0.1)
threading.Thread(target=forever).start()
if os.fork() == 0:
    os.setsid()
    forever()
"""
FILLS = """
blocks = 0
for folder in ("/tmp", "/dev/shm", "."):
    for number in range(20):
        try:
            with open(f"{folder}/{number}", "wb") as file:
                blocks += file.write(b"x" * 10_000_000)
        except OSError:
            break
"""
ECHO = {
    "q1": "def double_all(numbers):\n    return numbers",
    "q2": "def row_means(table, name):\n    raise ValueError(name, table.tolist())",
    "q3": "class Late:\n    def __array__(self, *_, **__):\n"
    "        raise KeyError('later')\nroot = Late()",
}
STEAL = """
import gc, sys
def double_all(numbers):
    frame, names = sys._getframe(), set()
    while frame:
        names |= set(frame.f_locals) | set(frame.f_globals)
        frame = frame.f_back
    known = [o for o in gc.get_objects() if isinstance(o, dict) and "expected" in o]
    return ["expected" in names, len(known)]
"""


def hostile(pupil: Pupil, out: str, project: str, port: int) -> dict[str, tuple]:
    """By student: notebook or bytes, the status and the points that are expected.

    Points are None where nothing could be graded.
    """
    wrong = pupil.wrong
    overwrite, read = (
        text.replace("OUT", out).replace("PROJECT", project)
        for text in (OVERWRITE, READ)
    )
    deep = b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return {
        "empty-file": (b"", "unreadable", None),
        "broken-json": (json.dumps(pupil.book()).encode()[:-999], "unreadable", None),
        "no-notebook": (b'["cells"]', "unreadable", None),
        "picture": (base64.b64decode("iVBORw0KGgoAAAANSUhEUg=="), "unreadable", None),
        "deep-json": (deep, "unreadable", None),
        "euc-kr": ('{"cells": ["한글"]}'.encode("euc-kr"), "ok", NONE),
        "all-renamed": (
            pupil.book(
                **dict.fromkeys(WRONG, "x = 1")
                | {"q1": "def doubleAll(n):\n    return 1"}
            ),
            "ok",
            NONE,
        ),
        "endless-loop": (
            pupil.book(q3="while True:\n    pass"),
            "timeout",
            ALL | {"q3": 0},
        ),
        "ignores-interrupts": (wrong(first=[IGNORES]), "timeout", None),
        "endless-function": (
            pupil.book(
                q1="def double_all(n):\n    while len(n) != 2: pass\n    return [2, 4]"
            ),
            "ok",
            ALL | {"q1": 0},
        ),
        "stops-itself": (
            wrong("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
            "timeout",
            None,
        ),
        "fork-bomb": (wrong(FORK_BOMB), "crashed", None),
        "40-gb": (pupil.book(last=["hoard = np.ones(5 << 30)"]), "ok", ALL),
        "40-gb-lazy": (wrong(LAZY_40_GB), "crashed", None),
        "exit-now": (wrong("import os\nos._exit(0)"), "crashed", None),
        "exit-in-function": (
            pupil.book(
                q2="import os\ndef row_means(table, name):\n"
                "    name == 'a' or os._exit(0)\n    return 0"
            ),
            "crashed",
            {"q1": 4, "q3": 2, "q4": 2},
        ),
        "sys-exit": (pupil.book(last=["import sys\nsys.exit('done')"]), "ok", ALL),
        "segfault": (wrong("import ctypes\nctypes.string_at(0)"), "crashed", None),
        "kills-everyone": (
            wrong(
                "import os\nfor number in (os.getppid(), 1):\n"
                "    try: os.kill(number, 9)\n    except OSError: pass"
            ),
            "ok",
            NONE,
        ),
        "runs-on": (pupil.book(last=[LATER]), "ok", ALL),
        "closes-descriptors": (
            wrong("import os\nos.closerange(0, 256)"),
            "crashed",
            None,
        ),
        "overwrites": (wrong(q4=overwrite), "ok", NONE),
        "reads-around": (wrong(q4=read), "ok", NONE),
        "network": (wrong(q4=NETWORK.replace("PORT", str(port))), "ok", NONE),
        "prints-100-mb": (pupil.book(last=[PRINTS]), "ok", ALL),
        "fills-the-disk": (pupil.book(last=[FILLS]), "ok", ALL),
        "odd-replies": (wrong(ODD_REPLIES), "ok", NONE),
        "odd-sheets": (b'{"worksheets": [{"cells": 5}, 5]}', "ok", NONE),
        "floods-replies": (wrong(FLOOD), "crashed", None),
        "huge-answers": (
            wrong(
                q1="def double_all(n):\n    return 'x' * 100_000_000",
                q2="def row_means(t, n):\n    return np.zeros(10**8)",
                q4="primes = 10**100_000",
            ),
            "ok",
            NONE,
        ),
        "nested-answer": (
            wrong(q4="primes = []\nfor _ in range(10_000): primes = [primes]"),
            "ok",
            NONE,
        ),
        "tampers": (wrong(TAMPER, first=[TAMPER]), "ok", NONE),
        "forges-replies": (wrong(FORGE, first=[FORGE]), "ok", NONE),
        "forges-in-function": (
            wrong(q1=f"def double_all(n):\n    exec({FORGE!r})\n    return 0"),
            "ok",
            NONE,
        ),
        "lies": (
            wrong(
                q1=f"{LIAR}\ndef double_all(n):\n"
                "    return [LyingInt(1)] * len(n) or Liar(1)",
                q2="def row_means(t, n):\n"
                "    return LyingText('?'), np.zeros(7).view(LyingArray)",
                q3="root = Liar(3)",
                q4="primes = [LyingInt(8)] * 4",
            ),
            "ok",
            NONE,
        ),
        "knows-the-classes": (
            pupil.book(
                q5="class Known:\n    def predict(self, images):\n"
                f"        return {images()[1].tolist()}\nmodel = Known()"
            ),
            "ok",
            ALL,
        ),
        "looks-for-answers": (wrong(q1=STEAL), "ok", NONE),
        "shows-inputs": (wrong(**ECHO), "ok", NONE | {"q1": 2}),
        "language-of-html": (
            wrong(q6="reason = '<script>alert(1)</script>\\ud800\\u202e=1+1'"),
            "ok",
            NONE,
        ),
    }
