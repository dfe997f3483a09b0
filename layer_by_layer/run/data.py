"""Make sure that `keras.datasets.fashion_mnist.load_data()` finds intact files.

Keras keeps the four files in `$KERAS_HOME/datasets/fashion-mnist/` (by default
`~/.keras/...`) and checks no hash: one truncated download fails for ever. `prepare`
looks at their content and mends what is broken, from the first good source of

1. the cache itself,
2. the folder that the environment variable `FASHION_MNIST_DIR` names,
3. the address Keras downloads from.

A new copy is checked under a temporary name and then renamed, so that neither a bad
file nor half of a good one ever takes the place of a file, whatever is killed when.
Of two processes that prepare the folder at the same time, each renames a good copy.

For tests without data there is a stand-in in the same file format, made from
scikit-learn's bundled digits. It lives in a folder of its own, never in the cache.
"""

import errno
import gzip
import hashlib
import http.client
import os
import shutil
import struct
import sys
import tempfile
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layer_by_layer.course import BUILD, CourseError

# MD5 of the uncompressed content. Compressed bytes may differ between copies.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte.gz": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte.gz": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte.gz": "15d484375f8d13e6eb1aabb0c3f46965",
}
NEW = ".new-"  # begins the name of a folder in which a copy is checked
DAY = 24 * 60 * 60  # seconds
DOWNLOAD_FROM = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
STAND_IN = BUILD / "stand-in"
STAND_IN_NOTICE = (
    "STAND-IN DATA: scikit-learn's digits in place of Fashion-MNIST. "
    "Code is tested, figures are not."
)


def keras_home() -> Path:
    """The folder in which Keras keeps data sets, as Keras itself determines it.

    Absolute, because a notebook does not run in the folder this runs in.
    """
    folder = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(folder).expanduser().absolute()


def problem(path: Path) -> str | None:
    """What is wrong with a data file, in a few words; None if it is intact."""
    if not path.exists():
        return "is missing"
    try:
        if path.stat().st_size == 0:
            return "is empty"
        with gzip.open(path, "rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
    except EOFError:
        return "is truncated (a download that did not finish)"
    except gzip.BadGzipFile:
        return "is not a gzip file (perhaps a web page saved under this name)"
    except (OSError, ValueError, zlib.error) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    if found == CHECKSUMS[path.name]:
        return None
    for name, checksum in CHECKSUMS.items():
        if found == checksum:
            return f"holds the content of {name}"
    return "has the wrong content"


def read(source: Path | str) -> bytes:
    """The content of a file or of what an address leads to."""
    if isinstance(source, Path):
        return source.read_bytes()
    print(f"downloading {source}", file=sys.stderr, flush=True)
    with urllib.request.urlopen(source, timeout=30) as reply:
        return reply.read()


def fetch(name: str, target: Path) -> str | None:
    """Put an intact copy of file `name` at `target`.

    Returns None if that worked, else what went wrong with each source. Raises OSError
    if the copy cannot be written.
    """
    tried = []
    folder = os.environ.get("FASHION_MNIST_DIR")
    sources = [Path(folder).expanduser() / name] if folder else []
    for source in [*sources, DOWNLOAD_FROM + name]:
        try:
            content = read(source)
        except (OSError, http.client.HTTPException) as error:
            tried.append(f"{source}: {getattr(error, 'reason', error)}")
            continue
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=NEW) as new:
            copy = Path(new) / name
            copy.write_bytes(content)
            wrong = problem(copy)
            if not wrong:
                os.replace(copy, target)
                return None
        tried.append(f"{source} {wrong}")
    return "; ".join(tried)


def remove_leftovers(folder: Path) -> None:
    """Delete what killed processes left, after a day: before, one may be at work."""
    for left in folder.glob(f"{NEW}*"):
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def writing(folder: Path, cure: str):
    """Turn the OSError of a folder that cannot be written into a CourseError."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"the data folder {folder} cannot be written ({error.strerror}): {cure}."
        ) from None


def prepare() -> Path:
    """Return Keras's home folder with an intact Fashion-MNIST in it.

    Raises CourseError if a file is missing or broken and no source has a good one, or
    if Keras would use another folder, because it may not write to this one.
    """
    home = keras_home()
    cache = home / "datasets" / "fashion-mnist"
    with writing(cache, "free some space, or set KERAS_HOME to a folder of your own"):
        cache.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        for name in CHECKSUMS:
            wrong = problem(cache / name)
            if wrong and (tried := fetch(name, cache / name)):
                raise CourseError(
                    f"Fashion-MNIST file {cache / name} {wrong} and no good copy was "
                    f"found ({tried}): connect to the internet, or put the four files "
                    "into a folder and name it in FASHION_MNIST_DIR."
                )
        remove_leftovers(cache)
    return home


def checksum() -> str:
    """One checksum for the whole data set, as stored in the notebooks."""
    joined = "".join(CHECKSUMS.values())
    return hashlib.md5(joined.encode()).hexdigest()


def prepare_stand_in() -> Path:
    """Return a Keras home folder with the stand-in, which is made at first use."""
    folder = STAND_IN / "datasets" / "fashion-mnist"
    if all((folder / name).exists() for name in CHECKSUMS):
        return STAND_IN
    with writing(folder, "free some space"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=NEW) as new:
            for name, content in stand_in_files():
                copy = Path(new) / name
                copy.write_bytes(gzip.compress(content, 1, mtime=0))
                os.replace(copy, folder / name)
        remove_leftovers(folder)
    return STAND_IN


def stand_in_files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of the stand-in: 60,000 + 10,000 small images.

    Same format, shapes (28 x 28, uint8) and balance (6,000 and 1,000 per class) as
    Fashion-MNIST; each image is a scikit-learn digit, enlarged, with noise.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    random = np.random.default_rng(42)
    for split, per_class in (("train", 6000), ("t10k", 1000)):
        labels = random.permutation(np.repeat(np.arange(10, dtype="uint8"), per_class))
        choices = [np.flatnonzero(digits.target == label) for label in range(10)]
        picked = [random.choice(choices[label]) for label in labels]
        small = digits.images[picked].astype("uint8") * 15
        large = small.repeat(3, axis=1).repeat(3, axis=2)
        images = np.pad(large, ((0, 0), (2, 2), (2, 2)))
        images += random.integers(0, 16, images.shape, dtype="uint8")
        for name, magic, array in (
            (f"{split}-images-idx3-ubyte.gz", 0x803, images),
            (f"{split}-labels-idx1-ubyte.gz", 0x801, labels),
        ):
            header = struct.pack(f">{1 + array.ndim}I", magic, *array.shape)
            yield name, header + array.tobytes()


def prepare_for_tests() -> tuple[Path, str | None]:
    """Keras's home folder for tests, and why it is only the stand-in (None: real)."""
    try:
        return prepare(), None
    except CourseError as error:
        return prepare_stand_in(), str(error)
