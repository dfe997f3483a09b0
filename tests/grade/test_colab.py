"""What runs in Colab is graded as Colab runs it: IPython's cells, in the sandbox."""

import shutil

import pytest

from layer_by_layer.grade import worker
from layer_by_layer.grade.doubts import UNKNOWN_MAGIC
from layer_by_layer.grade.sandbox import Limits, Sandbox

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap: apt install bubblewrap"
)
# After the last cell of each, `answer` is 7.
CELLS = {
    "%time a call": [
        "log = []\ndef fit(): log.append(7)",
        "%time fit()\nanswer, = log",
    ],
    "%time a statement": ["%time answer = 7"],
    "= %time": ["def f(): return 7", "answer = %time f()"],
    "%%time": ["%%time\nanswer = 7"],
    "%%time, indented and after a comment": ["\n\n%%time\nif 1:\n    answer = 7"],
    "%timeit runs once": [
        "log = []",
        "%timeit -n 100 -r 5 log.append(1)",
        "r = %timeit -o -q log.append(1)\nanswer = len(log) + 5 * (r.best > 0)",
    ],
    "%%capture": ["%%capture out\nprint('7', end='')", "answer = int(out.stdout)"],
    "%%capture of another magic": ["%%capture\n%time answer = 7"],
    "%prun": ["%prun -q answer = 7"],
    "%memit of a package": ["%load_ext memory_profiler\n%memit -r 1 answer = 7"],
    "%%writefile, %run": ["%%writefile /tmp/made.py\nanswer = 7", "%run /tmp/made.py"],
    "%env": ["%env HOMEWORK=7\nimport os\nanswer = int(os.environ['HOMEWORK'])"],
    "! in several lines": ["!pip install a \\\n    b\nanswer = 7"],
    "! in a block": ["if True:\n    !ls\n    answer = 7"],
    "= !": ["found = !ls\nanswer = 7 + len(found)"],
    "= ! with fields": ["answer = 7 + len(get_ipython().getoutput('ls').n)"],
    "%%bash, %%html": [
        "answer = 7",
        "%%bash\nexit 1",
        "%%html\n<b>",
        "%%javascript\n;",
    ],
    "%matplotlib": ["%matplotlib inline\n%config InlineBackend.rc = {}\nanswer = 7"],
    "%tensorflow_version": ["%tensorflow_version 2.x\nanswer = 7"],
    "pip without a sign": ["pip install keras", "answer = 7"],
    "help": ["answer = 7\nprint?\n?len\nanswer??"],
    "indented": ["    answer = 7\n    answer += 0"],
    "pasted": [">>> def f():\n...     return 7\n>>> answer = f()"],
    "pasted from IPython": ["In [3]: answer = 7"],
    "Windows' lines": ["if True:\r\n    answer = 7\r\n"],
    "a text with signs": [
        '!echo hi\ntext = """\n% of images\n!important\n"""\n'
        "answer = text.count('%') + text.count('!') + 5"
    ],
    "a remainder": ["x = (14\n% 8)\nanswer = x + 1"],
    "get_ipython": ["answer = 7 * ('google.colab' in str(get_ipython()))"],
    "its methods": [
        "ip = get_ipython()\nip.system('ls')\nip.magic('time answer = 7')\n"
        "ip.run_line_magic('matplotlib', 'inline')\nip.kernel.do_shutdown(True)"
    ],
    "await": ["import asyncio\nawait asyncio.sleep(0)\nanswer = 7"],
    "a task of another cell": [
        "async def f():\n    return 7",
        "task = asyncio.create_task(f())",
        "answer = await task",
    ],
    "async for": [
        "async def numbers():\n    yield 7",
        "async for answer in numbers():\n    pass",
    ],
    "the last value": ["3 + 4", "answer = _"],
    "a value before": ["3 + 4", "10", "answer = Out[max(Out) - 1]"],
    "an input before": ["answer = 7", "assert In[-2] == 'answer = 7', In[-2]"],
    "display": ["def show(x):\n    display(x)\n    return x", "answer = show(7)"],
    "upload": [
        "from google.colab import files\nfor name in files.upload(): pass",
        "answer = 7 + len(files.upload().keys())",
    ],
    "drive": [
        "from google.colab import drive, auth\ndrive.mount('/content/drive')\n"
        "auth.authenticate_user()\ndrive.flush_and_unmount()\nanswer = 7"
    ],
    "patches": [
        "from google.colab.patches import cv2_imshow\ncv2_imshow(3)\nanswer = 7"
    ],
    "userdata": [
        "from google.colab import userdata\ntry:\n    key = userdata.get('key')\n"
        "except (userdata.SecretNotFoundError, userdata.TimeoutError):\n"
        "    pass\nanswer = 7"
    ],
    "outputs": [
        "import google.colab\nfrom google.colab import output, data_table\n"
        "data_table.enable_dataframe_formatter()\noutput.eval_js('1')\n"
        "with google.colab.output.redirect_to_element('#x'):\n    answer = 7"
    ],
    "forms": ["#@title Answer {run: 'auto'}\nanswer = 7 #@param {type: 'integer'}"],
    "source": [
        "import inspect\ndef f(): return 7",
        "answer = int(inspect.getsource(f)[-2])",
    ],
}


def talk(*cells: str, name: str = "seen") -> dict:
    answers = {"seen": {"name": name, "kind": "value"}}
    with Sandbox(Limits(), None) as box:
        task = {"cells": list(cells), "answers": answers, "step": 60}
        return next(each for each in box.ask(task) if "done" in each)


@pytest.fixture(scope="module", name="answers")
def all_cells():
    """What all of them leave behind, run in one sandbox, by their names."""
    cells, names = ["seen = {}"], {}
    for name, own in CELLS.items():
        cells += [*own, f"seen[{name!r}] = globals().pop('answer', None)"]
        names |= dict.fromkeys(range(len(cells) - len(own), len(cells)), name)
    reply = talk(*cells)
    seen = worker.decode(reply["found"]["seen"]["value"])
    failed = {names[each["cell"]]: each["error"] for each in reply["failed"]}
    return {name: failed.get(name, seen[name]) for name in CELLS}


@pytest.mark.parametrize("name", CELLS)
def test_cells_run_as_in_colab(answers, name):
    assert answers[name] == 7


def test_what_fails_is_named_and_the_next_cell_runs():
    reply = talk(
        "%no_such_magic 3",
        "x = (",
        "1 / 0",
        "def f(:\n    pass",
        "import sys\nsys.exit('done')",
        "    a = 1\nb = 2",
        "seen = 7",
    )
    assert reply["found"]["seen"]["value"] == 7
    errors = [each["error"] for each in reply["failed"]]
    assert [each["cell"] for each in reply["failed"]] == [1, 2, 3, 4, 5, 6]
    assert UNKNOWN_MAGIC.match(errors[0]) and "`%no_such_magic`" in errors[0]
    assert errors[1].startswith("SyntaxError") and "<cell 2>" in errors[1]
    assert errors[2] == "ZeroDivisionError: division by zero"
    assert errors[4] == "SystemExit: done"
    assert reply["names"] == ["sys", "seen"]


def test_nothing_is_started_and_nothing_asked():
    """A shell would find the file; input ends at once, as nobody types."""
    reply = talk(
        "!touch /tmp/found\n%sx touch /tmp/found\n!!touch /tmp/found",
        "%%bash\ntouch /tmp/found",
        "%%script bash\ntouch /tmp/found",
        "get_ipython().system('touch /tmp/found')",
        "import os\nseen = os.path.exists('/tmp/found')",
        "input()",
    )
    assert reply["found"]["seen"]["value"] is False
    assert [each["error"].partition(":")[0] for each in reply["failed"]] == ["EOFError"]


def test_time_is_up_in_any_kind_of_cell():
    loops = ("while True: pass", "%time while True: pass", "await asyncio.sleep(99)")
    answers = {"seen": {"name": "seen", "kind": "value"}}
    with Sandbox(Limits(), None) as box:
        cells = ["import asyncio", *loops, "seen = 7"]
        task = {"cells": cells, "answers": answers, "step": 2}
        reply = next(each for each in box.ask(task) if "done" in each)
    assert reply["slow"] == [2, 3, 4] and reply["found"]["seen"]["value"] == 7
