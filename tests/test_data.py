"""Broken data files are noticed and mended; good ones are never lost."""

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tools import data, execute
from tools.course import CourseError

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
    "other content": (gzip.compress(b"wrong"), "has the wrong content"),
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


class Download(BaseHTTPRequestHandler):
    """Sends images whole, labels cut off, test images chunked and cut, else 404."""

    def do_GET(self):
        name = self.path.lstrip("/")
        if name == TEST_LABELS:
            self.send_error(404)
            return
        self.send_response(200)
        if name == TEST_IMAGES:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"ff\r\nshort"
        else:
            self.send_header("Content-Length", str(len(GOOD[name])))
            body = GOOD[name] if name == IMAGES else GOOD[name][:20]
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def download(cache, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Download) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        monkeypatch.setattr(
            data, "DOWNLOAD_FROM", f"http://127.0.0.1:{server.server_port}/"
        )
        yield
        server.shutdown()


def test_download_mends(cache, download, capsys):
    (cache / IMAGES).write_bytes(b"")
    data.prepare()
    assert contents(cache) == GOOD
    assert f"downloading {data.DOWNLOAD_FROM}{IMAGES}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (LABELS, "is truncated"),
        (TEST_IMAGES, "IncompleteRead"),
        (TEST_LABELS, "Not Found"),
    ],
)
def test_failed_download_is_named(cache, download, name, problem):
    (cache / name).write_bytes(b"")
    with pytest.raises(CourseError, match=f"{name} is empty.*{problem}"):
        data.prepare()
    assert contents(cache) == {**GOOD, name: b""}


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
        execute.run(page=None, notebook=None)
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
