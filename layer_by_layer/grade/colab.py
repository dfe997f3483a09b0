"""Run cells as Colab runs them: IPython itself, without a network and without a shell.

This file is read inside the sandbox, beside worker.py. Cells go through IPython's own
grammar and its own magics, in a running event loop as in a kernel. What would reach
outside, or only shows something, does nothing; an unknown magic is an error, as it is
in Colab.
"""

import asyncio
import sys
import types
from importlib.machinery import ModuleSpec
from importlib.util import find_spec

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

# Magics that show something, install something, or run another language.
NOTHING = """
! alias_magic autoreload autosave bash bigquery bookmark colors conda config debug edit
gui history html HTML javascript js killbgscripts latex load_ext mamba man markdown
matplotlib micromamba notebook page pastebin pdb perl pfile pinfo pinfo2 pip psearch
pycat pylint pypy python python2 python3 recall reload_ext rerun ruby save sc script sh
shell svg SVG sx system tb tensorboard tensorflow_version unload_ext uv xmode
""".split()
RUN = ("memit", "mprun", "lprun")  # magics of packages that measure code: it is run


class Nothing(types.ModuleType):
    """Stands for `google.colab` and all in it: whatever is called does nothing.

    It iterates as something empty, is false, and is left as it was entered.
    """

    __path__ = ()

    def __call__(self, *_, **__):
        return self

    __enter__ = __getitem__ = __call__

    def __exit__(self, *_):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("Error"):  # to be caught: except userdata.SecretNotFoundError
            return type(name, (Exception,), {})
        return RETURNED.get(
            f"{self.__name__}.{name}", Nothing(f"{self.__name__}.{name}")
        )


RETURNED = {
    "google.colab.files.upload": lambda *_, **__: {},
    "google.colab.files.upload_file": lambda *_, **__: "",
    "google.colab.userdata.get": lambda *_, **__: "",
    "google.colab.drive.mount": lambda *_, **__: None,
}


class Finder:
    """Finds `google.colab`, and every module in it."""

    @classmethod
    def find_spec(cls, name: str, path=None, target=None):
        if name == "google.colab" or name.startswith("google.colab."):
            return ModuleSpec(name, cls, is_package=True)
        return None

    @staticmethod
    def create_module(spec: ModuleSpec) -> Nothing:
        return Nothing(spec.name)

    @staticmethod
    def exec_module(module: Nothing) -> None:
        pass


class Shell(InteractiveShell):
    """IPython's shell. It shows nothing, and starts no other program."""

    def system(self, *_, **__) -> None:
        self.user_ns["_exit_code"] = 0

    system_raw = system_piped = system

    def getoutput(self, *_, **__) -> SList:
        return SList([])

    def showtraceback(self, *_, **__) -> None:
        pass  # what went wrong is in the result of the cell

    showsyntaxerror = showindentationerror = _showtraceback = showtraceback

    def enable_gui(self, *_, **__) -> None:
        pass

    def ask_exit(self) -> None:
        pass  # exit()

    def magic(self, line: str):
        """What IPython 7, which Colab has, calls run_line_magic."""
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest, _stack_depth=2)


Shell.__module__ = "google.colab._shell"  # 'google.colab' in str(get_ipython())


def nothing(*_, **__) -> None:
    pass


def open_shell(module: types.ModuleType) -> Shell:
    """A shell that runs cells in a module."""
    sys.meta_path.insert(0, Finder)
    if find_spec("google") is None:  # elsewhere it is what protobuf brings
        sys.modules["google"] = Nothing("google")
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config, user_module=module)
    shell.kernel = Nothing("kernel")  # get_ipython().kernel.do_shutdown(True)
    shell.compile.get_code_name = lambda raw, code, number: f"<cell {number}>"
    shell.builtin_trap.activate()  # `display` is there for functions, too

    def run(line: str, cell: str | None = None):
        """The code that a magic measures, after its options."""
        if cell is not None:
            return shell.run_cell(cell).raise_error()
        words = line.split(" ")
        while words and words[0].startswith("-"):
            words = words[2:] if words[0] in ("-f", "-m", "-r", "-T") else words[1:]
        return shell.ex(" ".join(words))

    def timeit(line: str = "", cell: str | None = None):
        """Once instead of a million times."""
        known, code = magics.parse_options(
            line, "n:r:tcp:qov:", posix=False, strict=False, preserve_non_opts=True
        )
        result = "-o " if "o" in known else ""
        return magics.timeit(f"-n1 -r1 {result}{code}", cell)

    magics = shell.magics_manager.registry["ExecutionMagics"]
    own = dict.fromkeys(NOTHING, nothing) | dict.fromkeys(RUN, run)
    for known in shell.magics_manager.magics.values():  # of lines and of cells
        known |= own | {"timeit": timeit}
    return shell


def run_cell(shell: Shell, source: str) -> BaseException | None:
    """Run a cell in the event loop; what it ended with, if that was an error."""
    result = LOOP.run_until_complete(in_loop(shell, source))
    return result.error_before_exec or result.error_in_exec


async def in_loop(shell: Shell, source: str):
    problem = None
    try:
        code = shell.transform_cell(source)
    except Exception:
        code, problem = source, sys.exc_info()
    return await shell.run_cell_async(
        source,
        store_history=True,
        transformed_cell=code,
        preprocessing_exc_tuple=problem,
    )


LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(LOOP)
