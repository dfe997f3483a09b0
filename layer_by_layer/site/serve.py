"""Build the site, show it, and build it again whenever something was saved.

A page that is open loads itself again after a build. A fault is told in the terminal,
and the last good site stays.
"""

import functools
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from watchfiles import watch

from layer_by_layer.command import parser
from layer_by_layer.course import Course, CourseError
from layer_by_layer.site.build import build

ADDRESS = "127.0.0.1"
WATCHED = ("book", "assignments", "notebooks", "_config.yml", "_toc.yml")
EVENTS = "/__builds__"  # where pages hear of a new build
# The policy of the site lets no script into a page, so it is a file like others.
SCRIPT = "/__reload__.js"
RELOAD = f"new EventSource('{EVENTS}').onmessage = () => location.reload();\n"


class Builds:
    """Counts builds, and lets others wait for the next one."""

    def __init__(self) -> None:
        self.number = 0
        self.changed = threading.Condition()

    def finished(self) -> None:
        with self.changed:
            self.number += 1
            self.changed.notify_all()

    def wait(self, known: int, seconds: float) -> int:
        """The number of builds once it differs from a known one, or time is up."""
        with self.changed:
            self.changed.wait_for(lambda: self.number != known, seconds)
            return self.number


class Handler(SimpleHTTPRequestHandler):
    """Serves the site; adds to each page the script that loads it again."""

    builds: Builds

    def do_GET(self) -> None:
        if self.path == EVENTS:
            self.tell_builds()
        elif self.path == SCRIPT:
            self.send(RELOAD.encode(), "text/javascript")
        elif (page := Path(self.translate_path(self.path))).suffix == ".html":
            self.send_page(page)
        else:
            super().do_GET()

    def send_page(self, page: Path) -> None:
        try:
            html = page.read_bytes()
        except OSError:
            self.send_error(404)
            return
        script = f'<script defer src="{SCRIPT}"></script></head>'.encode()
        self.send(html.replace(b"</head>", script, 1), "text/html; charset=utf-8")

    def send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def tell_builds(self) -> None:
        """Say something whenever a build is finished, until the page has gone."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        known = self.builds.number
        while True:
            now = self.builds.wait(known, seconds=15)
            said = f"data: {now}\n\n" if now != known else ": still here\n\n"
            known = now
            try:
                self.wfile.write(said.encode())
                self.wfile.flush()
            except OSError:
                return

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *arguments) -> None:
        pass


def server(site: Path, port: int, builds: Builds) -> ThreadingHTTPServer:
    """A server of the site. Raises CourseError if the port is taken."""
    handler = type("SiteHandler", (Handler,), {"builds": builds})
    try:
        made = ThreadingHTTPServer(
            (ADDRESS, port), functools.partial(handler, directory=site)
        )
    except OSError:
        raise CourseError(
            f"port {port} is taken: choose another, e.g. make serve PORT=8001."
        ) from None
    made.daemon_threads = True
    made.handle_error = lambda *_: None  # a page that closes hangs up
    return made


def build_again(root: Path, builds: Builds) -> None:
    """Build what there is now. A fault is told, and the site stays as it was."""
    start = time.monotonic()
    try:
        build(Course.load(root))
    except (CourseError, OSError) as error:
        print(f"\nerror: {error}\nThe last good site stays.", flush=True)
    else:
        print(f"Built in {time.monotonic() - start:.0f} s.", flush=True)
        builds.finished()


def main(course: Course, arguments: list[str]) -> None:
    known = parser("serve", __doc__)
    known.add_argument("--port", type=int, default=8000)
    port = known.parse_args(arguments).port
    builds = Builds()
    with server(course.site, port, builds) as serving:
        build(course)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        print(
            f"Open http://localhost:{port} and press Ctrl-C here to stop.", flush=True
        )
        for _ in watch(*(course.root / name for name in WATCHED), raise_interrupt=True):
            build_again(course.root, builds)
