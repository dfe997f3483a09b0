"""What is stored with a notebook is what a reader would see, the same on every run."""

import copy

import pytest
from nbformat import v4

from layer_by_layer.run.outputs import as_terminal, clean, clean_text, plain_text

BOLD, GREEN, GREY, END = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


def bar(step: str, done: int, clock: str, speed: str, total: int = 5) -> str:
    """One state of a progress bar, as keras.utils.Progbar prints it."""
    filled = f"{GREEN}{'━' * done}{END}" if done else ""
    return (
        f"\r{BOLD}{step}{END} {filled}{GREY}{'━' * (total - done)}{END} "
        f"{BOLD}{clock}{END} {speed} - accuracy: 0.8458 - loss: 0.4377"
    )


FIT = (
    "Epoch 1/5\n"
    + bar("   1/1500", 0, "12:29", "500ms/step")
    + "\b" * 70
    + bar(" 700/1500", 2, "1s", "1ms/step")
    + " " * 5
    + "\b" * 65
    + bar("1500/1500", 5, "3s", "2ms/step")
    + "\n"
)
SEEN = "Epoch 1/5\n1500/1500 - accuracy: 0.8458 - loss: 0.4377\n"


def test_progress_bar_is_stored_in_its_final_state():
    assert clean_text(FIT) == SEEN


@pytest.mark.parametrize(
    ("clock", "speed"),
    [
        *[("0s", speed) for speed in ("0s/step", "200us/step", "2ms/step", "9s/epoch")],
        *[(clock, "86ms/step") for clock in ("25s", "5000s", "2:00", "41:21:57")],
    ],
)
def test_clocks_are_removed(clock, speed):
    assert clean_text(bar("3/3", 5, clock, speed)) == (
        "3/3 - accuracy: 0.8458 - loss: 0.4377"
    )


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("20/20 - 3s - 132ms/step - loss: 0.4", "20/20 - loss: 0.4"),  # verbose=2
        (
            "  100/Unknown \x1b[1m3s\x1b[0m 25ms/step - loss: 1",
            "  100/Unknown - loss: 1",
        ),
        (
            f"313/313 {GREEN}━━{END} {BOLD}0s{END} 844us/step\n",
            "313/313\n",
        ),  # predict
    ],
)
def test_clocks_and_bars_are_removed_without_a_bar_or_figures(printed, kept):
    assert clean_text(printed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "accuracy: 0.8458 - loss: 4.3771e-04",
        "from 3s to 2ms a step",
        "10/10 right, 1:02 to go",
        "(60000, 28, 28)",
        "0x1f is 31",
        "가나다 - 3단계",
    ],
)
def test_what_readers_need_is_kept(text):
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("loading\rdone", "doneing"),
        ("abc\b\b-", "a-c"),
        ("\babc", "abc"),
        ("한 층\r두", "두 층"),
        ("\x1b[1;31mred\x1b[0m\x1b[K", "red"),
        ("one  \n\ttwo ", "one\n\ttwo"),
    ],
)
def test_control_characters_act_as_on_a_terminal(text, seen):
    assert as_terminal(text) == seen


def test_memory_addresses_are_removed():
    assert clean_text("<keras.src.callbacks.History at 0x7f11c40d5a90>") == (
        "<keras.src.callbacks.History>"
    )


def test_runtime_logs_are_removed():
    log = (
        "WARNING: All log messages before absl::InitializeLog() is called are written "
        "to STDERR\n"
        "I0000 00:00:1795302585.806540    7261 cudart_stub.cc:31] Could not find cuda\n"
        "2026-01-01 00:00:00.123456: I tensorflow/core/util/port.cc:153] oneDNN\n"
        "To enable the following instructions: AVX2 FMA, rebuild TensorFlow.\n"
        "WARNING:tensorflow:5 out of the last 9 calls triggered retracing.\n"
    )
    assert clean_text(f"before\n{log}after\n") == "before\nafter\n"
    logged = v4.new_output("stream", name="stderr", text=log)
    assert clean([logged]) == []
    first, second = (v4.new_output("stream", text=each) for each in ("a\n", "b\n"))
    assert [each.text for each in clean([first, logged, second])] == ["a\nb\n"]


def outputs(speed="2ms/step"):
    """A cell's outputs as a kernel sends them: streams in pieces, numbers, metadata."""
    fit = FIT.replace("2ms/step", speed)
    return [
        *[
            v4.new_output("stream", text=fit[i : i + 40])
            for i in range(0, len(fit), 40)
        ],
        v4.new_output("stream", name="stderr", text="careful\n"),
        v4.new_output(
            "execute_result",
            {"text/plain": "<History at 0x7f11c40d5a90>"},
            execution_count=7,
            metadata={"needs_background": "light"},
        ),
        v4.new_output(
            "error",
            ename="ValueError",
            evalue="bad <Model at 0x7f11c40d5a90>",
            traceback=["\x1b[31mValueError\x1b[0m: bad"],
        ),
    ]


def test_outputs_are_joined_and_cleaned():
    fit, warning, result, error = clean(outputs())
    assert (fit.name, fit.text) == ("stdout", SEEN)
    assert (warning.name, warning.text) == ("stderr", "careful\n")
    assert result.data == {"text/plain": "<History>"}
    assert result.execution_count is None
    assert result.metadata == {}
    assert error.traceback == ["ValueError: bad"]
    assert error.evalue == "bad <Model>"


def test_of_a_figure_only_the_drawing_is_kept():
    drawing = '<text x="12.345678" y="3.1" style="font-size: 12px">0.725</text>'
    data = {"text/plain": "<Figure size 700x320>", "image/svg+xml": drawing}
    (output,) = clean([v4.new_output("display_data", data)])
    shorter = drawing.replace("345678", "34")
    assert output.data == {"image/svg+xml": shorter}


def test_cleaning_is_stable():
    once = clean(outputs())
    assert clean(copy.deepcopy(once)) == once
    assert clean(outputs(speed="964us/step")) == once


def test_all_that_readers_see_counts_as_text():
    assert plain_text(clean(outputs())) == (
        f"{SEEN}\ncareful\n\n<History>\nValueError: bad <Model>"
    )
