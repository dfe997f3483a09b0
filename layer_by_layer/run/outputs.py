"""Make stored outputs what a reader would see, and the same on every run."""

import re

from nbformat import NotebookNode

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")
# TensorFlow logs which hardware it found, and now and then how it works; nothing that a
# reader needs.
RUNTIME_LOG = re.compile(
    r"^(?:WARNING:tensorflow:.*|WARNING: All log messages before absl.*"
    r"|[IWE]\d{4} \d\d:\d\d:\d+\.\d+ .*"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] .*|To enable the following .*"
    r"|\t \[\[\{\{function_node .*)\n?",
    re.M,
)
# The bar and the clock in a line of Keras's progress, e.g. " ━━━━ 3s 2ms/step" before
# " - loss: ...", or " - 3s - 2ms/step" with verbose=2; of an interrupted one
# " 1:02:03 2s/step". Without them, steps and figures have room on a phone.
PROGRESS = re.compile(
    r" ━+|(?: -)? (?:\d+s|\d+:[\d:]+)(?: -)? \d+(?:us|ms|s)/(?:step|epoch)\b"
)
# Where packages lie: ".../site-packages/sklearn/x.py" -> "sklearn/x.py"
PACKAGE_PATH = re.compile(r"[^\s\"'(]*site-packages[/\\]")
# Where a traceback enters a library; in a string that a cell executes, it does not.
LIBRARY_FRAME = re.compile(r" *File (?!<string>)")
# In the lines of drawings, not in their words: finer than a hundredth of a point.
FINER = re.compile(r"(?<=\d\.\d\d)\d+(?=[^<>]*>)")
# The file a kernel compiles a cell from: "/tmp/ipykernel_123/456.py" -> "cell"
CELL_PATH = re.compile(r"[^\s\"'(]*ipykernel_\d+[/\\]\d+\.py")


def as_terminal(text: str) -> str:
    """Text after carriage returns and backspaces, as a terminal would show it."""
    lines = []
    for line in ESCAPES.sub("", text).split("\n"):
        shown: list[str] = []
        column = 0
        for character in line:
            if character == "\r":
                column = 0
            elif character == "\b":
                column = max(column - 1, 0)
            else:
                shown[column : column + 1] = [character]
                column += 1
        lines.append("".join(shown).rstrip())
    return "\n".join(lines)


def clean_text(text: str) -> str:
    """Final state of the text, without bars, clocks, addresses, paths and logs."""
    text = as_terminal(text)
    text = RUNTIME_LOG.sub("", text)
    text = PROGRESS.sub("", text)
    text = CELL_PATH.sub("cell", PACKAGE_PATH.sub("", text))
    return ADDRESS.sub("", text)


def clean(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """A cell's outputs, cleaned: pieces of one stream joined, numbering removed."""
    cleaned: list[NotebookNode] = []
    for output in outputs:
        if _is_log(output):
            continue  # it may come in the middle of what a cell prints
        last = cleaned[-1] if cleaned else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            cleaned.append(output)
    for output in cleaned:
        output.get("metadata", {}).clear()
        if output.output_type == "stream":
            output.text = clean_text(output.text)
        elif output.output_type == "error":
            output.traceback = _own_frames(output.traceback)
            output.evalue = clean_text(output.evalue)
        elif any(kind.startswith("image/") for kind in output.data):
            output.data.pop("text/plain", None)  # its size, which nobody sees
            if drawing := output.data.get("image/svg+xml"):
                output.data["image/svg+xml"] = FINER.sub("", drawing)
        elif "text/plain" in output.data:
            output.data["text/plain"] = clean_text(output.data["text/plain"])
        if output.output_type == "execute_result":
            output.execution_count = None
    return [output for output in cleaned if not _is_blank(output)]


def _is_log(output: NotebookNode) -> bool:
    """Only what the runtime logs."""
    text = output.get("text", "")
    return bool(text.strip()) and not RUNTIME_LOG.sub("", text).strip()


def _is_blank(output: NotebookNode) -> bool:
    """Nothing to see: an empty stream, or the empty display after a Keras summary."""
    data = output.get("data", {"text/plain": output.get("text", "x")})
    return (
        set(data) <= {"text/plain", "text/html"}
        and not data.get("text/plain", "x").strip()
    )


def _own_frames(traceback: list[str]) -> list[str]:
    """A traceback without the library's insides: the cell and the message."""
    lines = [clean_text(line) for line in traceback]
    return [line for line in lines if not LIBRARY_FRAME.match(line)]


def plain_text(outputs: list[NotebookNode]) -> str:
    """All the text a reader can see in a cell's outputs."""
    parts = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}")
        else:
            parts.append(output.data.get("text/plain", ""))
    return "\n".join(parts)
