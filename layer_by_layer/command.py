"""What all commands share: how they read their options, and how they end."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from contextlib import suppress

import psutil

from layer_by_layer.course import Course, CourseError


def parser(name: str, description: str) -> ArgumentParser:
    """A parser of the options of a command, which are described in its module."""
    return ArgumentParser(
        prog=f"python -m layer_by_layer {name}",
        description=description,
        formatter_class=RawDescriptionHelpFormatter,
    )


def run_tool(
    main: Callable[[Course, list[str]], None], arguments: list[str] | None = None
) -> None:
    """Run a command-line tool; faults end it with one sentence, not a traceback."""
    try:
        main(Course.load(), sys.argv[1:] if arguments is None else arguments)
    except CourseError as error:
        sys.exit(f"\nerror: {error}")
    except KeyboardInterrupt:
        # What was interrupted (a kernel, a build) ends here and now: what its libraries
        # would do at exit fails half-way, with a traceback that tells a reader nothing.
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
        said = "\ninterrupted: nothing was half written; run it again to go on."
        print(said, file=sys.stderr, flush=True)
        os._exit(1)
    except OSError as error:
        sys.exit(
            f"\nerror: {error.filename or 'a file'} cannot be written "
            f"({error.strerror}): free some space or change its permissions."
        )
