"""A class of 500 on a cluster: nothing is lost and nothing counted twice."""

import signal
import subprocess
import sys
import time
from concurrent.futures import as_completed
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from layer_by_layer.course import ROOT, CourseError
from layer_by_layer.grade.executor import check_workers, fingerprint, open_executor

TASKS = 12
SECONDS = 60  # to wait for anything


def grade(number: int, folder: str) -> dict:
    """What a worker does for a submission: it takes a while and returns a record.

    Leaves a file when it begins and one when it ends, so that the test can tell.
    """
    me = psutil.Process().pid
    Path(folder, f"began-{number}-{me}").touch()
    time.sleep(0.5)
    Path(folder, f"ended-{number}-{me}").touch()
    return {"student": f"student {number}", "by": me}


def wait_for(what, seconds=SECONDS):
    """The first true value that `what()` returns."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


@contextmanager
def cluster(folder: Path, workers: int = 2):
    """The address of a Dask scheduler, and its worker processes without a nanny."""
    file = folder / "scheduler.json"
    nothing = subprocess.DEVNULL
    run = partial(subprocess.Popen, cwd=ROOT, stdout=nothing, stderr=nothing)
    python = [sys.executable, "-m"]
    local = ["--host", "127.0.0.1", "--scheduler-file", str(file)]
    worker = ["--no-nanny", "--nthreads", "1", "--local-directory", str(folder)]
    commands = [["distributed.cli.dask_scheduler", "--port", "0", *local]]
    commands += [["distributed.cli.dask_worker", *worker, *local]] * workers
    processes = []
    try:
        for command in commands:
            processes.append(run([*python, *command, "--no-dashboard"]))
            wait_for(file.exists)
        yield file, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def address_of(file: Path, workers: int) -> str:
    """The scheduler's address, as soon as all its workers have come."""
    from distributed import Client

    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=SECONDS)
        return client.scheduler.address


@pytest.mark.full
def test_worker_that_ends_in_the_middle_loses_nothing(tmp_path):
    from tests.grade.test_grading_scale import (
        grade,  # by a name that workers know it by
    )

    marks = tmp_path / "marks"
    marks.mkdir()

    def names(prefix):
        return {path.name.removeprefix(prefix) for path in marks.glob(f"{prefix}*")}

    with cluster(tmp_path) as (file, workers):
        with open_executor(2, address_of(file, len(workers))) as pool:
            futures = [
                pool.submit(grade, number, str(marks)) for number in range(TASKS)
            ]
            wait_for(lambda: len(names("ended-")) >= 3)
            victim = str(workers[0].pid)

            def busy():
                running = names("began-") - names("ended-")
                return [each for each in running if each.endswith(f"-{victim}")]

            caught = wait_for(busy)
            workers[0].send_signal(signal.SIGKILL)
            records = [future.result() for future in as_completed(futures, SECONDS)]
    students = sorted(record["student"] for record in records)
    assert students == sorted(f"student {number}" for number in range(TASKS))
    # The kill came in the middle of something, which another worker did again.
    number = caught[0].partition("-")[0]
    again = {name for name in names("began-") if name.startswith(f"{number}-")}
    assert len(again) == 2 and f"{number}-{victim}" not in names("ended-")
    assert next(r for r in records if r["student"] == f"student {number}")["by"] != (
        workers[0].pid
    )


def test_cluster_that_cannot_grade_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(CourseError, match=r"pip install distributed"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "distributed", None)  # as if not installed
            with open_executor(1, "tcp://127.0.0.1:1"):
                pass
    monkeypatch.setattr("layer_by_layer.grade.executor.PATIENCE", 1)
    with pytest.raises(CourseError, match=r"no Dask scheduler answers at .*:1 "):
        with open_executor(1, "tcp://127.0.0.1:1"):
            pass
    with pytest.raises(CourseError, match="no workers"):
        check_workers({}, "tcp://here")
    broken = {"tcp://a": fingerprint(), "tcp://b": CourseError("no bubblewrap here")}
    with pytest.raises(CourseError, match=r"worker tcp://b cannot .* no bubblewrap"):
        check_workers(broken, "tcp://here")
    other = {"tcp://a": fingerprint(), "tcp://b": "another"}
    with pytest.raises(CourseError, match=r"workers tcp://b have another version"):
        check_workers(other, "tcp://here")
