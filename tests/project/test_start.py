"""What the page "Start here" says of data that cannot be loaded is what happens.

Each fault is made in a home folder of its own, and `load_data()` runs in a kernel, as
in a notebook; a proxy of ours answers Keras in place of the real address. Messages are
compared with those that Keras gives now, so that the page cannot drift from them.
"""

import gzip
import math
import os
import random
import re
import signal
import ssl
import struct
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from jupyter_client.manager import start_new_kernel

from layer_by_layer.course import LANGUAGES
from layer_by_layer.run.data import CHECKSUMS
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE
from tests.run.test_data import AS_A_USER

IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = CHECKSUMS


def file(*shape: int) -> bytes:
    """A file like those of Fashion-MNIST, but small."""
    values = random.Random(0).randbytes(math.prod(shape))
    header = struct.pack(f">{1 + len(shape)}I", 0x800 + len(shape), *shape)
    return gzip.compress(header + values, mtime=0)


GOOD = {
    IMAGES: file(60, 28, 28),
    LABELS: file(60),
    TEST_IMAGES: file(20, 28, 28),
    TEST_LABELS: file(20),
}
SWAPPED = {
    IMAGES: GOOD[TEST_IMAGES],
    LABELS: GOOD[TEST_LABELS],
    TEST_IMAGES: GOOD[IMAGES],
    TEST_LABELS: GOOD[LABELS],
}
HALF = GOOD[IMAGES][: len(GOOD[IMAGES]) // 2]
FLIPPED = bytes(255 - value for value in GOOD[IMAGES])
SIGN_IN = b"<!doctype html><title>Sign in</title>"
FORBIDDEN = None  # a file that may not be read

# Messages of the page that ask to delete the files, and files that cause them.
ENDS_EARLY = (
    "EOFError: Compressed file ended before the end-of-stream marker was reached"
)
TO_DELETE = {
    ENDS_EARLY: [{IMAGES: HALF}, {TEST_LABELS: GOOD[TEST_LABELS][:5]}],
    "ValueError: offset must be non-negative and no greater than buffer length (0)": [
        {IMAGES: b""},
        {LABELS: b""},
    ],
    "BadGzipFile: Not a gzipped file (b'…')": [{TEST_IMAGES: SIGN_IN}],
    "BadGzipFile: CRC check failed …": [
        {IMAGES: GOOD[IMAGES][:-8] + FLIPPED[-8:-4] + GOOD[IMAGES][-4:]}
    ],
    "error: Error -3 while decompressing data: …": [
        {IMAGES: GOOD[IMAGES][:10] + FLIPPED[10:]}
    ],
    "ValueError: cannot reshape array of size … into shape (…,28,28)": [
        {IMAGES: GOOD[TEST_IMAGES]},
        {LABELS: GOOD[IMAGES]},
        {TEST_IMAGES: GOOD[TEST_LABELS]},
        {IMAGES: file(59, 28, 28)},
    ],
    "PermissionError: [Errno 13] Permission denied: '…'": [{LABELS: FORBIDDEN}],
}
# Those that ask to run again only, and code that causes them.
TO_RUN_AGAIN = {
    "Exception: URL fetch failure on …: None -- [SSL: CERTIFICATE_VERIFY_FAILED] …": (
        "del os.environ['SSL_CERT_FILE']"
    ),
    "Exception: URL fetch failure on …": (
        "os.environ['https_proxy'] = 'http://127.0.0.1:9'; forget_proxy()"
    ),
    "OSError: [Errno 28] No space left on device": "builtins.open = on_full_disk",
}
NO_DOWNLOAD = list(TO_RUN_AGAIN)[1]
FIRST = """
import builtins, errno, os, urllib.request
import keras

environment, normal_open = dict(os.environ), open

def on_full_disk(path, mode="r", *rest, **options):
    if "w" in mode:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return normal_open(path, mode, *rest, **options)

def forget_proxy():
    urllib.request.install_opener(None)
"""
LAST = "os.environ.update(environment); forget_proxy(); builtins.open = normal_open"
LOAD = """
(train_input, train_target), (test_input, test_target) = (
    keras.datasets.fashion_mnist.load_data()
)
"""
SHAPES = "print(train_input.shape, train_target.shape, test_input.shape)"


class Proxy(BaseHTTPRequestHandler):
    """Answers in place of every host, with a certificate from `tls`.

    A reply that is not whole breaks off, after `hold` seconds.
    """

    protocol_version = "HTTP/1.1"
    tls: ssl.SSLContext
    replies: dict[str, bytes]
    hold = 0

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        except OSError:  # the other side does not trust us
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if name not in self.replies:
            self.send_error(403)
            return
        reply = self.replies[name]
        whole = reply if reply == SIGN_IN else GOOD[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        self.wfile.write(reply)
        if reply != whole:
            time.sleep(self.hold)
            self.close_connection = True

    def log_message(self, *_):
        pass


class Reader:
    """Someone with a notebook and a home folder of their own."""

    def __init__(self, home: Path, environment: dict):
        self.data = home / ".keras" / "datasets" / "fashion-mnist"
        self.manager, self.client = start_new_kernel(env=environment)
        self.run(AS_A_USER + FIRST)

    def run(self, code: str) -> str:
        """The last line that a cell prints, or the last line of its error message."""
        printed = []

        def show(message):
            printed.append(message["content"].get("text", ""))

        reply = self.client.execute_interactive(code, timeout=300, output_hook=show)
        if reply["content"]["status"] == "error":
            return f"{reply['content']['ename']}: {reply['content']['evalue']}"
        return "".join(printed).strip().rpartition("\n")[2]

    def has(self, files: dict[str, bytes | None]) -> None:
        """Let the data folder hold these files and no other."""
        self.data.mkdir(parents=True, exist_ok=True)
        for path in self.data.iterdir():
            path.unlink()
        for name, content in files.items():
            (self.data / name).write_bytes(content or b"")
            if content is FORBIDDEN:
                (self.data / name).chmod(0)

    def loads(self) -> bool:
        return self.run(LOAD + SHAPES) == "(60, 28, 28) (60,) (20, 28, 28)"


@pytest.fixture(scope="module")
def someone():
    authority = trustme.CA()
    Proxy.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("storage.googleapis.com").configure_cert(Proxy.tls)
    with (
        tempfile.TemporaryDirectory() as home,
        authority.cert_pem.tempfile(home) as trusted,
        ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server,
    ):
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        environment = {
            **os.environ,
            "HOME": home,
            "SSL_CERT_FILE": trusted,
            "https_proxy": f"http://127.0.0.1:{server.server_port}",
            "no_proxy": "",
        }
        environment.pop("KERAS_HOME", None)
        someone = Reader(Path(home), environment)
        yield someone
        someone.client.stop_channels()
        someone.manager.shutdown_kernel(now=True)
        server.shutdown()


@pytest.fixture
def reader(someone, monkeypatch):
    """Someone who has no data yet, with good files to download."""
    monkeypatch.setattr(Proxy, "replies", GOOD, raising=False)
    someone.has({})
    yield someone
    someone.run(LAST)


class Section:
    """What the page says in one language of data that cannot be loaded."""

    def __init__(self, lang: str):
        [text] = [
            cell.source
            for cell in read_page(COURSE, "start").markdown(lang)
            if '<a id="start-data"></a>' in cell.source
        ]
        to_delete, self.cure, to_run_again = re.split(r"```(?:python)?\n", text)
        self.to_delete = re.findall(r"`(\w+: [^`]+)`", to_delete)
        self.to_run_again = re.findall(r"`(\w+: [^`]+)`", to_run_again)

    def message_for(self, error: str) -> str | None:
        """The first message of the page that fits; `…` stands for anything."""
        for message in [*self.to_delete, *self.to_run_again]:
            if re.fullmatch(re.escape(message).replace("…", ".+"), error):
                return message
        return None


@pytest.fixture(params=LANGUAGES)
def section(request) -> Section:
    return Section(request.param)


def explained(error: str) -> str | None:
    """The message of the page that fits, which is the same in all languages."""
    [message] = {Section(lang).message_for(error) for lang in LANGUAGES}
    return message


def test_every_message_of_the_page_is_met(section):
    assert section.to_delete == list(TO_DELETE)
    assert section.to_run_again == list(TO_RUN_AGAIN)


@pytest.mark.parametrize(
    ("message", "files"),
    [(message, files) for message, causes in TO_DELETE.items() for files in causes],
)
def test_broken_file(reader, message, files):
    """It stays broken until the reader does as the page says."""
    reader.has(GOOD | files)
    for _ in range(2):
        assert explained(reader.run(LOAD)) == message
    assert reader.run(Section("ko").cure) == ""
    assert reader.loads()


@pytest.mark.parametrize(("message", "cause"), TO_RUN_AGAIN.items())
def test_failed_download(reader, message, cause):
    """Nothing of it is left behind."""
    reader.run(cause)
    assert explained(reader.run(LOAD)) == message
    assert list(reader.data.iterdir()) == []
    reader.run(LAST)
    assert reader.loads()


@pytest.mark.parametrize(
    "replies", [{}, GOOD | {IMAGES: HALF}], ids=["address blocked", "breaks off"]
)
def test_refused_download(reader, replies, monkeypatch):
    monkeypatch.setattr(Proxy, "replies", replies)
    assert explained(reader.run(LOAD)) == NO_DOWNLOAD
    assert not (reader.data / IMAGES).exists()
    monkeypatch.setattr(Proxy, "replies", GOOD)
    assert reader.loads()


def test_web_page_in_place_of_a_file(reader, monkeypatch):
    """It stays until it is deleted, even after the reader has signed in."""
    monkeypatch.setattr(Proxy, "replies", dict.fromkeys(GOOD, SIGN_IN))
    assert reader.run(LOAD).startswith("BadGzipFile")
    monkeypatch.setattr(Proxy, "replies", GOOD)
    assert reader.run(LOAD).startswith("BadGzipFile")
    reader.run(Section("en").cure)
    assert reader.loads()


def test_other_files_give_no_error(reader, section):
    """Only shapes or pictures tell, as the page says."""
    reader.has(SWAPPED)
    assert reader.run(LOAD + SHAPES) == "(20, 28, 28) (20,) (60, 28, 28)"
    reader.run(section.cure)
    assert reader.loads()


def test_killed_download(reader, monkeypatch):
    """Half of a file lies under its final name: for others at once, and afterwards."""
    monkeypatch.setattr(Proxy, "replies", GOOD | {IMAGES: HALF})
    monkeypatch.setattr(Proxy, "hold", 20)
    reader.client.execute(LOAD)
    file, deadline = reader.data / IMAGES, time.monotonic() + 20
    while not (file.exists() and file.stat().st_size > 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    reader.manager.signal_kernel(signal.SIGKILL)  # a restart would interrupt it first
    reader.manager.restart_kernel(now=True)
    reader.client.wait_for_ready(timeout=120)
    reader.run(AS_A_USER + FIRST)
    monkeypatch.setattr(Proxy, "replies", GOOD)
    assert explained(reader.run(LOAD)) == ENDS_EARLY
    reader.run(Section("ko").cure)
    assert reader.loads()
