"""Make sure that `keras.datasets.fashion_mnist.load_data()` finds intact files.

Keras keeps the four files in `$KERAS_HOME/datasets/fashion-mnist/` (by default
`~/.keras/...`) and checks no hash: one truncated download fails for ever. `prepare`
looks at their content and mends what is broken, from the first good source of

1. the cache itself,
2. the folder that the environment variable `FASHION_MNIST_DIR` names,
3. the address Keras downloads from.

For tests without data there is a stand-in in the same file format, made from
scikit-learn's bundled digits. It lives in a folder of its own, never in the cache.
"""

import gzip
import hashlib
import http.client
import os
import shutil
import struct
import sys
import tempfile
import urllib.request
import zlib
from pathlib import Path

from tools.course import BUILD, CourseError

# MD5 of the uncompressed content. Compressed bytes may differ between copies.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte.gz": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte.gz": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte.gz": "15d484375f8d13e6eb1aabb0c3f46965",
}
DOWNLOAD_FROM = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
STAND_IN = BUILD / "stand-in"
STAND_IN_NOTICE = (
    "STAND-IN DATA: scikit-learn's digits in place of Fashion-MNIST. "
    "Code is tested, figures are not."
)


def keras_home() -> Path:
    """The folder in which Keras keeps data sets, as Keras itself determines it."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


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
        return f"cannot be read ({error})"
    if found == CHECKSUMS[path.name]:
        return None
    for name, checksum in CHECKSUMS.items():
        if found == checksum:
            return f"holds the content of {name}"
    return "has the wrong content"


def fetch(name: str, target: Path) -> str | None:
    """Put an intact copy of file `name` at `target`.

    Returns None if that worked, else what went wrong with each source. The copy is
    checked under a temporary name first: a good file is never replaced by a bad one.
    """
    tried = []
    folder = os.environ.get("FASHION_MNIST_DIR")
    sources = [Path(folder) / name] if folder else []
    for source in [*sources, DOWNLOAD_FROM + name]:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as new:
            copy = Path(new) / name
            try:
                if isinstance(source, Path):
                    shutil.copyfile(source, copy)
                else:
                    print(f"downloading {source}", file=sys.stderr, flush=True)
                    with urllib.request.urlopen(source, timeout=30) as reply:
                        with copy.open("wb") as file:
                            shutil.copyfileobj(reply, file)
            except (OSError, http.client.HTTPException) as error:
                tried.append(f"{source}: {getattr(error, 'reason', error)}")
                continue
            if wrong := problem(copy):
                tried.append(f"{source} {wrong}")
                continue
            os.replace(copy, target)
            return None
    return "; ".join(tried)


def prepare() -> Path:
    """Return Keras's home folder with an intact Fashion-MNIST in it.

    Raises CourseError if a file is missing or broken and no source has a good one.
    """
    home = keras_home()
    cache = home / "datasets" / "fashion-mnist"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for name in CHECKSUMS:
            wrong = problem(cache / name)
            if wrong and (tried := fetch(name, cache / name)):
                raise CourseError(
                    f"Fashion-MNIST file {cache / name} {wrong} and no good copy was "
                    f"found ({tried}): connect to the internet, or put the four files "
                    "into a folder and name it in FASHION_MNIST_DIR."
                )
    except OSError as error:
        raise CourseError(
            f"Keras's data folder {cache} cannot be written ({error.strerror}): free "
            "some space, or set KERAS_HOME to a folder you may write to."
        ) from None
    return home


def checksum() -> str:
    """One checksum for the whole data set, as stored in the notebooks."""
    joined = "".join(CHECKSUMS.values())
    return hashlib.md5(joined.encode()).hexdigest()


def prepare_stand_in() -> Path:
    """Return a Keras home folder with the stand-in: 60,000 + 10,000 small images.

    Same files, shapes (28 x 28, uint8) and balance (6,000 and 1,000 per class) as
    Fashion-MNIST; each image is a scikit-learn digit, enlarged, with noise.
    """
    folder = STAND_IN / "datasets" / "fashion-mnist"
    if all((folder / name).exists() for name in CHECKSUMS):
        return STAND_IN
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    random = np.random.default_rng(42)
    folder.mkdir(parents=True, exist_ok=True)
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
            new = folder / f".{name}"
            new.write_bytes(gzip.compress(header + array.tobytes(), 1, mtime=0))
            os.replace(new, folder / name)
    return STAND_IN


def prepare_for_tests() -> tuple[Path, str | None]:
    """Keras's home folder for tests, and why it is only the stand-in (None: real)."""
    try:
        return prepare(), None
    except CourseError as error:
        return prepare_stand_in(), str(error)
