"""Where submissions are graded: on this machine, or on a Dask cluster.

Both are a `concurrent.futures.Executor`, so the code that grades does not know which.
What is submitted must be plain data (bytes, str, dict …), and the function importable:
on a cluster it runs in another process, perhaps on another machine. Results come back
as return values, and only the process that asked for them writes files.

For a cluster, every machine has a copy of this repository with its .venv, and runs

    .venv/bin/python -m pip install distributed
    .venv/bin/python -m distributed.cli.dask_scheduler                  (one machine)
    .venv/bin/python -m distributed.cli.dask_worker ADDRESS --nthreads 2   (each)

in its folder; `--nthreads` is how many submissions a machine grades at a time.
Notebooks and hidden inputs travel between machines: use a network that you trust, or
TLS (https://distributed.dask.org/en/stable/tls.html).
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from layer_by_layer.course import CourseError
from layer_by_layer.grade import sandbox
from layer_by_layer.run import data

RETRIES = 2  # of a submission whose grading failed on a cluster
PATIENCE = 20  # seconds to find a scheduler


@contextmanager
def open_executor(
    jobs: int, scheduler: str | None = None, unsafe: bool = False
) -> Iterator[Executor]:
    """An executor for `jobs` submissions at a time here, or for a Dask scheduler.

    Each submission gets processes of its own anyway (sandbox.py), so that threads,
    which wait for them, are enough here; and no crash can break a pool of threads.
    """
    if scheduler:
        with dask_executor(scheduler, unsafe) as executor:
            yield executor
        return
    executor = ThreadPoolExecutor(jobs)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # Ctrl-C ends at once


@contextmanager
def dask_executor(address: str, unsafe: bool) -> Iterator[Executor]:
    """An executor for a Dask cluster whose workers all can grade.

    When a worker ends in the middle, Dask gives what it was doing, and results that
    nobody has fetched yet, to the others. Each future still ends once, with one result.
    """
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "SCHEDULER needs the package distributed: install it with "
            "'.venv/bin/python -m pip install distributed', or leave SCHEDULER out to "
            "grade on this machine."
        ) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"no Dask scheduler answers at {address} ({error}): correct SCHEDULER, or "
            "start one with '.venv/bin/python -m distributed.cli.dask_scheduler'."
        ) from None
    with client:
        check_workers(client.run(ready, unsafe, on_error="return"), address)
        # pure=False: the same file handed in twice is graded twice, as anywhere else.
        executor = client.get_executor(pure=False, retries=RETRIES)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)


def ready(unsafe: bool) -> str:
    """What a worker has to be able to do before it gets submissions.

    Returns the fingerprint of its code. Raises CourseError.
    """
    sandbox.check([], unsafe)
    data.prepare()
    return fingerprint()


def check_workers(answers: dict[str, str | Exception], address: str) -> None:
    """Raise CourseError if there are no workers, or one is not ready, or not alike.

    `answers` are what `ready` returned or raised, by the workers' addresses.
    """
    if not answers:
        raise CourseError(
            f"the scheduler at {address} has no workers: start some with "
            f"'.venv/bin/python -m distributed.cli.dask_worker {address}'."
        )
    for who, answer in answers.items():
        if isinstance(answer, Exception):
            raise CourseError(f"the worker {who} cannot grade: {answer}")
    if others := [who for who, code in answers.items() if code != fingerprint()]:
        raise CourseError(
            f"the workers {', '.join(sorted(others))} have another version of the "
            "grader than this machine: bring all to one commit and start them again."
        )


def fingerprint() -> str:
    """A hash of the grader's code, by which machines know that they have the same."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
