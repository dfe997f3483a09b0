"""Broken data files are noticed and mended; good ones are never lost."""

import gzip
import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from layer_by_layer.course import ROOT, CourseError
from layer_by_layer.run import data, execute

NAMES = tuple(data.CHECKSUMS)
IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = NAMES
GOOD = {name: gzip.compress(name.encode() * 200, mtime=0) for name in NAMES}
CLOSED = "http://127.0.0.1:9/"  # nothing listens there: a download fails at once

BROKEN = {
    "truncated": (GOOD[IMAGES][:-12], "is truncated"),
    "empty": (b"", "is empty"),
    "labels for images": (GOOD[LABELS], f"holds the content of {LABELS}"),
    "test for training": (GOOD[TEST_IMAGES], f"holds the content of {TEST_IMAGES}"),
    "a web page": (b"<!doctype html><title>Sign in</title>", "is not a gzip file"),
    "a bad block": (GOOD[IMAGES][:12] + b"\xff" * 40, "cannot be read"),
    "too few images": (gzip.compress(GOOD[IMAGES][:99]), "has the wrong content"),
}
broken = pytest.mark.parametrize(("content", "problem"), BROKEN.values(), ids=BROKEN)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keras's data folder with four good small files; no other source has any."""
    checksums = {
        name: hashlib.md5(gzip.decompress(content)).hexdigest()
        for name, content in GOOD.items()
    }
    monkeypatch.setattr(data, "CHECKSUMS", checksums)
    monkeypatch.setattr(data, "DOWNLOAD_FROM", CLOSED)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
    return folder_of(tmp_path / "keras" / "datasets" / "fashion-mnist", GOOD)


@pytest.fixture
def given(tmp_path, cache, monkeypatch):
    """The folder FASHION_MNIST_DIR names, with good files."""
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "given"))
    return folder_of(tmp_path / "given", GOOD)


def folder_of(path, files):
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def contents(folder):
    """All files of a folder; so that leftovers are noticed, too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_good_files_are_left_alone(cache, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert data.prepare() == tmp_path / "keras"
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == before


@broken
def test_broken_file_is_mended(cache, given, content, problem):
    (cache / IMAGES).write_bytes(content)
    data.prepare()
    assert contents(cache) == contents(given) == GOOD


@pytest.mark.parametrize("name", NAMES)
def test_missing_file_is_copied(cache, given, name):
    (cache / name).unlink()
    data.prepare()
    assert contents(cache) == GOOD


def test_first_use_needs_no_folder(cache, given, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "new"))
    data.prepare()
    assert contents(tmp_path / "new" / "datasets" / "fashion-mnist") == GOOD


@broken
def test_error_names_file_problem_and_cure(cache, content, problem):
    (cache / IMAGES).write_bytes(content)
    with pytest.raises(CourseError) as error:
        data.prepare()
    message = str(error.value)
    assert f"{cache / IMAGES} {problem}" in message
    assert CLOSED in message
    assert "FASHION_MNIST_DIR" in message
    assert "\n" not in message
    assert message.endswith(".")
    assert contents(cache) == {**GOOD, IMAGES: content}, "nothing may be lost"


@broken
def test_bad_file_replaces_nothing(cache, given, content, problem):
    (cache / IMAGES).unlink()
    (given / IMAGES).write_bytes(content)
    with pytest.raises(CourseError, match=f"{given / IMAGES} {problem}"):
        data.prepare()
    assert IMAGES not in contents(cache)
    (cache / IMAGES).write_bytes(GOOD[IMAGES])
    data.prepare()
    assert contents(cache) == GOOD


def test_folder_that_is_not_there(cache, given, tmp_path, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "nowhere"))
    data.prepare()  # not needed, so no fault
    (cache / LABELS).unlink()
    with pytest.raises(CourseError, match=r"nowhere.*No such file"):
        data.prepare()


def test_folder_that_cannot_be_written(cache, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(CourseError, match=r"file/.* cannot be written .*KERAS_HOME"):
        data.prepare()


def test_home_may_be_relative(cache, tmp_path, monkeypatch):
    """A notebook runs in another folder, but must find the same data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_HOME", "keras")
    assert data.prepare() == tmp_path / "keras"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", "~/keras")
    assert data.prepare() == tmp_path / "keras"


class Download(BaseHTTPRequestHandler):
    """Sends whatever `replies` has for a name: its content, or as much as it has."""

    replies: dict[str, bytes]
    started = threading.Semaphore(0)  # released by each request
    go_on = threading.Event()

    def do_GET(self):
        name = self.path.lstrip("/")
        if name not in self.replies:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD[name])))
        self.end_headers()
        self.wfile.write(self.replies[name])
        self.started.release()
        self.go_on.wait(20)

    def log_message(self, *_):
        pass


@pytest.fixture
def download(cache, monkeypatch):
    """A server that has good files. While its `go_on` is clear, it does not end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Download) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        monkeypatch.setattr(
            data, "DOWNLOAD_FROM", f"http://127.0.0.1:{server.server_port}/"
        )
        Download.replies = dict(GOOD)
        Download.started = threading.Semaphore(0)
        Download.go_on.set()
        yield Download
        Download.go_on.set()
        server.shutdown()


def test_download_mends(cache, download, capsys):
    (cache / IMAGES).write_bytes(b"")
    data.prepare()
    assert contents(cache) == GOOD
    assert f"downloading {data.DOWNLOAD_FROM}{IMAGES}" in capsys.readouterr().err


SIGN_IN = b"<!doctype html><title>Sign in</title>".ljust(len(GOOD[IMAGES]))


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ({IMAGES: GOOD[IMAGES][:20]}, "IncompleteRead"),
        ({IMAGES: SIGN_IN}, "is not a gzip file"),
        ({}, "Not Found"),
    ],
    ids=["breaks off", "a web page", "not there"],
)
def test_failed_download_is_named(cache, download, reply, problem):
    (cache / IMAGES).write_bytes(b"")
    download.replies = reply
    with pytest.raises(CourseError, match=f"{IMAGES} is empty.*{problem}"):
        data.prepare()
    assert contents(cache) == {**GOOD, IMAGES: b""}


# Root may read and write everything; without its capabilities it is like any user.
AS_A_USER = """\
import ctypes, struct, sys
if sys.platform == "linux":
    ctypes.CDLL(None).capset(struct.pack("Ii", 0x20080522, 0), bytes(24))
"""


def start(first: str = "", call: str = "prepare", **options) -> subprocess.Popen:
    """Prepare the data in a process of its own, as a tool does."""
    script = (
        f"{first}\n"
        "from layer_by_layer.command import run_tool\n"
        "from layer_by_layer.run import data\n"
        f"data.CHECKSUMS = {data.CHECKSUMS!r}\n"
        f"data.DOWNLOAD_FROM = {data.DOWNLOAD_FROM!r}\n"
        f"run_tool(lambda *_: data.{call}())\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("mode", [0o000, 0o200], ids=["no right", "write only"])
def test_unreadable_file_is_mended(cache, given, mode):
    (cache / LABELS).chmod(mode)
    assert start(AS_A_USER).communicate()[1] == ""
    assert contents(cache) == GOOD


def test_unreadable_file_is_named(cache):
    (cache / LABELS).chmod(0)
    message = start(AS_A_USER).communicate()[1]
    assert f"{cache / LABELS} cannot be read (Permission denied) and no" in message


def test_read_only_folder_of_good_files_will_do(cache, given):
    cache.chmod(0o555)
    assert start(AS_A_USER).communicate()[1] == ""


@pytest.mark.parametrize("depth", [0, 2], ids=["of data", "of Keras"])
def test_read_only_folder(cache, given, depth):
    """Of Keras's folder it matters even if all is well: Keras would use another."""
    if depth == 0:
        (cache / LABELS).unlink()
    before = contents(cache)
    [cache, *cache.parents][depth].chmod(0o555)
    message = start(AS_A_USER).communicate()[1]
    assert "cannot be written (Permission denied): " in message
    assert "KERAS_HOME" in message
    assert contents(cache) == before


def half_a_file():
    """Let a disk be full after 40 bytes of each file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))


def test_full_disk(cache, given):
    (cache / IMAGES).write_bytes(b"broken")
    message = start(preexec_fn=half_a_file).communicate()[1]
    assert message.startswith(f"\nerror: the data folder {cache} cannot be written")
    assert "free some space" in message
    assert contents(cache) == {**GOOD, IMAGES: b"broken"}


def test_full_disk_for_the_stand_in(cache, tmp_path):
    place = f"data.STAND_IN = data.Path({str(tmp_path)!r})"
    first = f"from layer_by_layer.run import data\n{place}"
    process = start(first, "prepare_stand_in", preexec_fn=half_a_file)
    message = process.communicate()[1]
    assert message.startswith(f"\nerror: the data folder {tmp_path}/datasets")
    assert list((tmp_path / "datasets" / "fashion-mnist").iterdir()) == []


def test_killed_download(cache, download):
    (cache / IMAGES).write_bytes(b"broken")
    download.replies[IMAGES] = GOOD[IMAGES][:-12]
    download.go_on.clear()
    process = start()
    assert download.started.acquire(timeout=20)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert contents(cache) == {**GOOD, IMAGES: b"broken"}
    download.replies, _ = GOOD, download.go_on.set()
    data.prepare()
    assert contents(cache) == GOOD


def test_leftovers_of_killed_processes_go(cache):
    old, young = cache / ".new-old", cache / ".new-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / IMAGES).write_bytes(b"half")
    yesterday = time.time() - data.DAY - 60
    os.utime(old, (yesterday, yesterday))
    data.prepare()
    assert not old.exists()
    assert young.exists(), "a process may still be at it"


def test_two_at_once(cache, download):
    """Both find nothing; each brings good files, and neither meets half of one."""
    for name in NAMES:
        (cache / name).unlink()
    download.go_on.clear()
    first, second = start(), start()
    for _ in range(2):  # until both wait for their first file
        assert download.started.acquire(timeout=20)
    download.go_on.set()
    for process in (first, second):
        messages = process.communicate()[1].splitlines()
        assert process.returncode == 0, messages
        assert all(line.startswith("downloading ") for line in messages)
    assert contents(cache) == GOOD


def read(path):
    """An IDX file as Keras reads it."""
    content = gzip.decompress(path.read_bytes())
    array = np.frombuffer(content, np.uint8, offset=16 if "images" in path.name else 8)
    return array.reshape(-1, 28, 28) if "images" in path.name else array


def make_stand_in(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "STAND_IN", folder)
        return data.prepare_stand_in() / "datasets" / "fashion-mnist"


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    return make_stand_in(tmp_path_factory.mktemp("stand-in"))


@pytest.mark.parametrize(("split", "size"), [("train", 60_000), ("t10k", 10_000)])
def test_stand_in_has_the_form_of_the_real_data(stand_in, split, size):
    images = read(stand_in / f"{split}-images-idx3-ubyte.gz")
    labels = read(stand_in / f"{split}-labels-idx1-ubyte.gz")
    assert images.shape == (size, 28, 28)
    assert images.dtype == np.uint8
    assert images.max() > 200
    assert np.bincount(labels).tolist() == [size // 10] * 10
    assert len(set(labels[:20])) > 5, "shuffled"


def test_stand_in_is_the_same_every_time(stand_in, tmp_path):
    assert contents(make_stand_in(tmp_path)) == contents(stand_in)


def test_stand_in_is_never_published(cache, monkeypatch, tmp_path):
    """Without real data `make notebooks` stops, though tests could go on."""
    monkeypatch.setattr(data, "prepare_stand_in", lambda: tmp_path / "stand-in")
    (cache / IMAGES).unlink()
    with pytest.raises(CourseError, match="is missing"):
        execute.execute_and_measure(page=None, notebook=None)
    home, reason = data.prepare_for_tests()
    assert home == tmp_path / "stand-in"
    assert "is missing" in reason
    assert "STAND-IN" in data.STAND_IN_NOTICE
    assert IMAGES not in contents(cache)
    with pytest.raises(CourseError, match="is missing"):
        data.prepare()


def test_tests_prefer_real_data(cache, tmp_path):
    assert data.prepare_for_tests() == (tmp_path / "keras", None)


def test_stand_in_does_not_pass_for_the_data(stand_in):
    assert [data.problem(path) for path in stand_in.iterdir()] == [
        "has the wrong content"
    ] * 4
