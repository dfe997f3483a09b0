"""Who writes sees each change: the site is built when a file was saved."""

import socket
import threading
from dataclasses import replace
from urllib.request import urlopen

import pytest

from layer_by_layer.course import CourseError
from layer_by_layer.site import serve
from tests.conftest import COURSE

PAGE = "<html><head><title>Page</title></head><body>{}</body></html>"


@pytest.fixture
def builds():
    return serve.Builds()


@pytest.fixture
def site(tmp_path):
    (tmp_path / "page.html").write_text(PAGE.format("first"))
    (tmp_path / "style.css").write_text("p { color: red }")
    return tmp_path


@pytest.fixture
def address(site, builds):
    with serve.server(site, 0, builds) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def get(address: str) -> str:
    with urlopen(address, timeout=10) as reply:
        return reply.read().decode()


def test_pages_load_themselves_again(address, site, builds):
    """By a file, as the policy of the site lets no script into a page."""
    page = get(f"{address}/page.html")
    assert page.count(f'<script defer src="{serve.SCRIPT}"></script></head>') == 1
    assert serve.EVENTS in get(address + serve.SCRIPT)
    assert get(f"{address}/style.css") == "p { color: red }"
    with urlopen(address + serve.EVENTS, timeout=10) as events:
        threading.Timer(0.2, builds.finished).start()
        assert events.readline() == b"data: 1\n"
    assert "<script" not in (site / "page.html").read_text()


def test_page_that_is_not_there(address):
    with pytest.raises(OSError, match="404"):
        get(f"{address}/gone.html")


def test_a_fault_is_told_and_the_site_stays(tmp_path, builds, monkeypatch, capsys):
    def fails(_):
        raise CourseError("book/01.md:7: no English cell follows")

    monkeypatch.setattr(serve, "build", fails)
    monkeypatch.setattr(serve.Course, "load", lambda root: replace(COURSE, root=root))
    serve.build_again(tmp_path, builds)
    said = capsys.readouterr().out
    assert "error: book/01.md:7: no English cell follows" in said
    assert "last good site stays" in said
    assert builds.number == 0
    monkeypatch.setattr(serve, "build", lambda course: course.site)
    serve.build_again(tmp_path, builds)
    assert builds.number == 1


def test_what_people_write_is_watched():
    assert {"book", "assignments", "_config.yml"} <= set(serve.WATCHED)
    assert all((COURSE.root / name).exists() for name in serve.WATCHED)


def test_taken_port(tmp_path, builds):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CourseError, match=f"port {port} is taken: choose another"):
            serve.server(tmp_path, port, builds)
