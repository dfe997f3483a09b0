"""Processes for code that nobody trusts: what they see, and how much they may use.

A sandbox is made with bubblewrap (https://github.com/containers/bubblewrap): its own
namespaces, no network, read-only folders with Python and its packages and nothing else
of this machine, a small /tmp that goes when it goes. Limits of the kernel hold each
process; a watchdog adds up what all of them take, and ends them together.
"""

import json
import os
import random
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from layer_by_layer.course import CourseError

WORKER = Path(__file__).parent / "worker.py"
COLAB = WORKER.with_name("colab.py")  # which it reads
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")
POLL = 0.2  # seconds between two looks of the watchdog
COMPLAINT = 2000  # bytes kept of what bubblewrap or Python's start complains about
USERS = range(0x70000000, 0x70F00000)  # numbers that no account has
GIB = 1 << 30
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    seconds: float = 300  # all together
    cell: float = 120  # seconds for one cell, or for all that a model predicts
    call: float = 10  # seconds for one call of a function
    cpu: int = 600  # seconds of processor time
    memory: int = 4 * GIB  # bytes, all processes together
    files: int = 256 * MIB  # bytes in /tmp, and in each file
    processes: int = 64
    threads: int = 512  # of all processes
    reply: int = 8 * MIB  # bytes of JSON


class Ended(Exception):
    """The sandbox is over before its end: `how` is timeout or crashed."""

    def __init__(self, how: str, why: str):
        super().__init__(why)
        self.how, self.why = how, why


class Sandbox:
    """A worker in a sandbox, to talk with in lines of JSON."""

    def __init__(self, limits: Limits, data: Path | None, unsafe: bool = False):
        """`data` is a home folder for Keras, with its data sets."""
        self.limits = limits
        self.home = tempfile.TemporaryDirectory(prefix="grading-") if unsafe else None
        self.deadline = time.monotonic() + limits.seconds
        self.next_look = 0.0
        self.received = 0
        self.unsent, self.rest, self.complaint = b"", [], b""
        self.process = subprocess.Popen(
            command(limits) if unsafe else confined(limits, data),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=self.home.name if self.home else "/",
            env=environment(self.home.name if self.home else None, data),
        )
        self.streams = selectors.DefaultSelector()
        for stream in (self.process.stdout, self.process.stderr):
            os.set_blocking(stream.fileno(), False)
            self.streams.register(stream, selectors.EVENT_READ)
        os.set_blocking(self.process.stdin.fileno(), False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_all(self.process)
        self.streams.close()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                stream.close()
        if self.home:
            shutil.rmtree(self.home.name, ignore_errors=True)

    def ask(self, request: dict) -> Iterator[dict]:
        """Send a request; yield what comes back, until nobody asks for more.

        Raises Ended when the sandbox dies, or takes more than its limits allow.
        """
        self.unsent = memoryview(json.dumps(request).encode() + b"\n")
        self.streams.register(self.process.stdin, selectors.EVENT_WRITE)
        while True:
            self._watch()
            for key, _ in self.streams.select(POLL):
                if key.fileobj is self.process.stdin:
                    self._send()
                elif key.fileobj is self.process.stderr:
                    self._hear()
                else:
                    yield from self._messages()

    def _send(self) -> None:
        try:
            sent = os.write(self.process.stdin.fileno(), self.unsent)
        except BrokenPipeError:  # it is over: the other streams will say so
            sent = len(self.unsent)
        self.unsent = self.unsent[sent:]
        if not self.unsent:
            self.streams.unregister(self.process.stdin)

    def _hear(self) -> None:
        """Keep the end of what is written to the standard error, and no more."""
        heard = os.read(self.process.stderr.fileno(), 1 << 16)
        self.complaint = (self.complaint + heard)[-COMPLAINT:]
        if not heard:
            self.streams.unregister(self.process.stderr)

    def _messages(self) -> Iterator[dict]:
        """Messages in what has arrived. What is no JSON object is passed over."""
        arrived = os.read(self.process.stdout.fileno(), 1 << 16)
        if not arrived:
            raise self._end_of_process()
        self.received += len(arrived)
        if self.received > self.limits.reply:
            raise Ended("crashed", "the answers are too long")
        self.rest.append(arrived)
        if b"\n" in arrived:
            *lines, rest = b"".join(self.rest).split(b"\n")
            self.rest = [rest]
            for line in lines:
                with suppress(ValueError, RecursionError):
                    message = json.loads(line)
                    if isinstance(message, dict):
                        yield message

    def _end_of_process(self) -> Ended:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(POLL)
        with suppress(BlockingIOError):
            self.complaint += os.read(self.process.stderr.fileno(), COMPLAINT)
        said = self.complaint.decode("utf-8", "replace").strip().splitlines()
        code = self.process.returncode
        why = said[-1] if said else f"Python ended on its own (exit status {code})"
        return Ended("crashed", why)

    def _watch(self) -> None:
        """Raise Ended if time, memory or processes are used up."""
        now = time.monotonic()
        if now > self.deadline:
            raise Ended("timeout", f"stopped after {self.limits.seconds:g} seconds")
        if now < self.next_look:
            return
        memory, processes = used(self.process.pid)
        self.next_look = time.monotonic() + POLL
        if processes > self.limits.processes:
            most = self.limits.processes
            raise Ended("crashed", f"stopped: more than {most} processes")
        if memory > self.limits.memory:
            most = self.limits.memory / GIB
            raise Ended("crashed", f"stopped: more than {most:g} GiB of memory")


def used(pid: int) -> tuple[int, int]:
    """Bytes of memory, and how many processes, of a process and all below."""
    memory, tree = 0, []
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        tree = [first, *first.children(recursive=True)]
    for process in tree:
        with suppress(psutil.Error):
            memory += process.memory_info().rss
    return memory, len(tree)


def end_all(process: subprocess.Popen) -> None:
    """Kill a process and all below it.

    Below bubblewrap is the first process of a namespace: all others end with it.
    """
    with suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def command(limits: Limits, uid: int | None = None, worker=WORKER) -> list[str]:
    """The worker's command line. It sets its own limits before it reads a cell."""
    resources = {
        "RLIMIT_CPU": limits.cpu,
        "RLIMIT_DATA": limits.memory,
        "RLIMIT_FSIZE": limits.files,
        "RLIMIT_NOFILE": 512,
        "RLIMIT_CORE": 0,
    }
    if worker != WORKER:  # elsewhere this would count all processes of the same user
        resources["RLIMIT_NPROC"] = limits.threads
    settings = json.dumps({"uid": uid, "resources": resources})
    return [sys.executable, "-I", "-B", str(worker), settings]


def environment(home: str | None, data: Path | None) -> dict[str, str]:
    """Few variables, none of them from outside."""
    home = home or "/tmp"
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": home,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    if data and home != "/tmp":
        variables["KERAS_HOME"] = str(data)
    return variables


def confined(limits: Limits, data: Path | None) -> list[str]:
    """The worker's command line in a sandbox of bubblewrap."""
    uid = random.choice(USERS) if os.geteuid() == 0 else None
    new = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    if uid:  # the worker gives up the rights to do so when it has changed its user
        rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID"]
        rights += ["--cap-add", "CAP_SETGID"]
    else:
        rights = ["--unshare-user", "--cap-drop", "ALL"]
    size = str(limits.files)
    mounts = ["--proc", "/proc", "--dev", "/dev"]
    mounts += ["--size", size, "--perms", "1777", "--tmpfs", "/dev/shm"]
    mounts += ["--size", size, "--perms", "1777", "--tmpfs", "/tmp"]
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            mounts += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            mounts += ["--ro-bind", str(path), str(path)]
    for path in SETTINGS:
        mounts += ["--ro-bind-try", path, path]
    for folder in python_folders():
        mounts += readable(folder, folder)
    worker = Path("/grader", WORKER.name)
    for file in (WORKER, COLAB):
        mounts += readable(file, worker.with_name(file.name))
    if data:  # where Keras looks, in a folder that it may write to, as it asks for
        for folder in ("/tmp/.keras", "/tmp/.keras/datasets"):
            mounts += ["--perms", "1777", "--dir", folder]
        inner = Path("datasets", "fashion-mnist")
        mounts += ["--ro-bind", str(data / inner), str("/tmp/.keras" / inner)]
    mounts += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    safe = ["--die-with-parent", "--new-session", "--unshare-cgroup-try"]
    return [bubblewrap(), *new, *rights, *safe, *mounts, *command(limits, uid, worker)]


def readable(source: Path, target: Path) -> list[str]:
    """Options that show a file or folder, below folders open to all."""
    options = []
    for folder in reversed(target.parents[:-1]):
        options += ["--perms", "0755", "--dir", str(folder)]
    return [*options, "--ro-bind", str(source), str(target)]


def python_folders() -> list[Path]:
    """Folders of this Python and its packages that are not the system's."""
    real = Path(sys.executable).resolve().parent.parent
    found = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix), real}
    return sorted(path for path in found if not str(path).startswith(SYSTEM))


def bubblewrap() -> str:
    program = shutil.which("bwrap")
    if program is None:
        raise CourseError(
            "bubblewrap is not installed, and without it submissions could read and "
            "change your files: install it ('sudo apt install bubblewrap'; on Windows "
            "in WSL, on macOS in a virtual machine with Linux), or grade submissions "
            "that you trust with UNSAFE=1."
        )
    return program


def check(private: list[Path], unsafe: bool = False) -> None:
    """Raise CourseError if sandboxes do not work here, or would show a private path."""
    if not unsafe:
        for path in private:
            for shown in (*map(Path, SYSTEM), *python_folders()):
                if path.resolve().is_relative_to(shown.resolve()):
                    raise CourseError(
                        f"{path} is in {shown}, which submissions can read: "
                        "move it to another folder."
                    )
    with Sandbox(Limits(seconds=60), None, unsafe) as sandbox:
        try:
            next(sandbox.ask({"cells": [], "answers": {}, "step": 1}))
        except Ended as end:
            raise CourseError(
                f"no sandbox can be made here ({end.why}): on Ubuntu 24.04 or later, "
                "allow it with 'sudo sysctl kernel.apparmor_restrict_unprivileged_"
                "userns=0'; in a container, grade outside of it; or grade submissions "
                "that you trust with UNSAFE=1."
            ) from None
