#!/bin/sh
# Install requirements.lock into .venv; `make` calls this when that is needed.
# PYTHON may name the Python to use: a command or a path.

set -eu

stop() {
    echo "error: $1" >&2
    exit 1
}

# Say "good", or what is wrong with a Python; nothing if the command does not run.
judge() {
    "$1" - 2>/dev/null <<'END' || true
import sys

version = "Python %d.%d.%d (%s)" % (sys.version_info[:3] + (sys.executable,))
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    print("found " + version + ", but this course needs 3.11, 3.12 or 3.13: install "
          "one of them (https://www.python.org/downloads/)")
else:
    try:
        import ensurepip, venv
        print("good")
    except ImportError:
        print(version + " has no venv module: install it (on Debian and Ubuntu: "
              "sudo apt install python%d.%d-venv)" % sys.version_info[:2])
END
}

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3.13 python3.12 python3.11 python3 python
fi
problem=''
for python; do
    verdict=$(judge "$python")
    [ "$verdict" != good ] || break
    problem=${problem:-$verdict}
done
[ "$verdict" = good ] || stop "${problem:-no Python runs under the name ${PYTHON:-python3}: \
install Python 3.11, 3.12 or 3.13 (https://www.python.org/downloads/)}, then run make \
again, or name the one to use: make book PYTHON=/path/to/python3.12."

# Without the stamp, .venv may be half installed: begin anew. With it, only update.
if [ -e .venv/installed ] && .venv/bin/python -c '' 2>/dev/null; then
    rm .venv/installed
else
    echo "Creating .venv with $("$python" --version) ($(command -v "$python"))"
    "$python" -m venv --clear .venv || stop ".venv cannot be created: see above."
fi

total=$(grep -c == requirements.lock)
echo "Installing about $total packages (2 GB, a few minutes; needs the internet once)"
{
    .venv/bin/python -m pip install --no-input --disable-pip-version-check \
        --progress-bar off --require-hashes -r requirements.lock 2>&1 || echo 'pip failed'
} | tee .venv/install.log | {
    count=0
    while read -r line; do
        case $line in
        Collecting*)
            count=$((count + 1))
            [ $((count % 25)) -ne 0 ] || echo "  $count of $total" ;;
        Downloading*\([0-9][0-9]*\ MB\)) echo "  $line" ;;
        Installing*) echo '  unpacking' ;;
        ERROR*) echo "  $line" >&2 ;;
        'pip failed') stop "the installation did not finish (whole log: \
.venv/install.log): check the connection and the free space, then run make again." ;;
        esac
    done
}
touch .venv/installed
