"""Figures that readers move: what they compute, how they move, and their stills."""

import gzip
import json
import re
from base64 import b64decode, b64encode

import numpy as np
import pytest
from PIL import Image

from layer_by_layer.course import LANGUAGES, CourseError, read_yaml
from layer_by_layer.site import stills
from layer_by_layer.source import figures
from layer_by_layer.source.dialects import for_colab, for_site
from layer_by_layer.source.page import read_page
from tests.axe import THEMES, violations
from tests.conftest import CHAPTERS, COURSE, KERAS_HOME, real_data
from tests.project.test_words import PLACES, texts
from tests.tabs import FINGER, SIZES, open_tab

NAMES = figures.names(COURSE)
HEAVIEST = 12 * 1024  # bytes of a script
TOLERANCE = 1e-6
EVERY_FIGURE = pytest.mark.parametrize("name", NAMES)
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)


def chapter_of(name: str) -> str:
    """The chapter that shows a figure."""
    found = [
        chapter for chapter in CHAPTERS
        if any(cell.metadata.get("figure") == name
               for cell in read_page(COURSE, chapter).cells)
    ]  # fmt: skip
    assert len(found) == 1, f"{name}: shown in {found}"
    return found[0]


@pytest.fixture(scope="module")
def tab(browser):
    """A tab that knows all figures, and no page."""
    with open_tab(browser, "about:") as (opened, faults):
        stills.load(COURSE, opened)
        yield opened
        assert faults == []


def computed(tab, name: str, call: str):
    """What an expression gives in which a figure is `it`, and the frame's kit `kit`."""
    return tab.evaluate(f"((it, kit) => {call})(layerFigures.known['{name}'],"
                        " layerFigures.kit)")  # fmt: skip


def assert_same(found, expected) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


# What a figure is made of


@EVERY_FIGURE
def test_is_small_and_says_the_same_in_all_languages(name):
    assert len(figures.script(COURSE, name).encode()) <= HEAVIEST
    said = read_yaml(COURSE.book / figures.FOLDER / name / "words.yml")
    assert list(said) == list(LANGUAGES)
    first, *others = [texts(said[lang]) for lang in LANGUAGES]
    for other in others:
        assert list(other) == list(first)
        for where, text in first.items():
            assert text.strip() and other[where].strip(), where
            assert PLACES.findall(text) == PLACES.findall(other[where]), where


@EVERY_LANGUAGE
@EVERY_FIGURE
def test_still_is_what_the_module_draws(tab, name, lang):
    drawn = stills.draw(COURSE, tab, name, lang).strip()
    assert drawn == figures.still(COURSE.book, name, lang), (
        "draw it anew: python -m layer_by_layer figures"
    )


@EVERY_LANGUAGE
@EVERY_FIGURE
def test_colab_leads_to_it_and_the_site_has_it(name, lang):
    chapter = chapter_of(name)
    page = read_page(COURSE, chapter)
    place = f"{COURSE.addresses.page(lang, chapter)}#{figures.anchor(name)}"
    notebook = for_colab(COURSE, page, lang)
    cell = next(cell for cell in notebook.cells if place in cell.source)
    assert cell.source.index(place) < cell.source.index("<details>")
    assert "<svg" not in cell.source
    assert any("<svg" in cell.source and f'id="{figures.anchor(name)}"' in cell.source
               for cell in for_site(COURSE, page, lang).cells)  # fmt: skip


def test_unknown_figure_is_named():
    with pytest.raises(CourseError, match=r"figures/gone/ko\.svg is missing"):
        figures.still(COURSE.book, "gone", "ko")


# What it computes


def test_random_numbers_are_those_of_mulberry32(tab):
    def numbers(seed: int, count: int) -> list[float]:
        found = []
        for _ in range(count):
            seed = (seed + 0x6D2B79F5) % 2**32
            mixed = (seed ^ (seed >> 15)) * (seed | 1) % 2**32
            mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % 2**32
            found.append((mixed ^ (mixed >> 14)) / 2**32)
        return found

    for seed in (0, 1, 42, 9999):
        drawn = tab.evaluate("""(seed) => {
          const random = layerFigures.kit.random(seed);
          return Array.from({ length: 20 }, random);
        }""", seed)  # fmt: skip
        assert_same(drawn, numbers(seed, 20))


@pytest.mark.parametrize("scores", [[2, 1, -1], [102, 101, 99], [-3.5, 0, 3.9]])
@pytest.mark.parametrize("right", range(3))
def test_softmax(tab, scores, right):
    z, y = np.array(scores, dtype=float), np.eye(3)[right]
    exponentials = np.exp(z - z.max())
    p = exponentials / exponentials.sum()
    assert_same(computed(tab, "softmax", f"it.softmax({scores})"), p)
    lost = computed(tab, "softmax", f"it.loss({p.tolist()}, {right})")
    assert_same(lost, -np.log(p[right]))
    slope = computed(tab, "softmax", f"it.gradient({scores}, {right}, 'softmax')")
    assert_same(slope, p - y)

    def sigmoids(z):
        return 1 / (1 + np.exp(-z)) / np.sum(1 / (1 + np.exp(-z)))

    def loss(z):
        return -np.log(sigmoids(z)[right])

    assert_same(computed(tab, "softmax", f"it.sigmoids({scores})"), sigmoids(z))
    slope = computed(tab, "softmax", f"it.gradient({scores}, {right}, 'sigmoids')")
    nudge = 1e-5 * np.eye(3)
    assert_same(slope, [(loss(z + d) - loss(z - d)) / 2e-5 for d in nudge])


@pytest.mark.parametrize("weight", [-6, -0.3, 4.5])
@pytest.mark.parametrize("pixel", [0, 0.4, 1])
@pytest.mark.parametrize("answer", [0, 1])
def test_one_step(tab, weight, pixel, answer):
    a = 1 / (1 + np.exp(-weight * pixel))
    step = 0.5 * (a - answer) * pixel
    values = [weight * pixel, a, a - answer, (a - answer) * pixel, step, weight - step]
    call = f"Object.values(it.oneStep({weight}, {pixel}, {answer}, 0.5))"
    assert_same(computed(tab, "one-step", call), values)
    loss = -np.log(a if answer else 1 - a)
    call = f"it.loss({weight}, {pixel}, {answer})"
    assert_same(computed(tab, "one-step", call), loss)


def test_luck(tab):
    a, b = [0.1, -0.4, 1.2, 0.3, -0.2], [1.1, 2.3, 0.8, 1.9, 1.4]
    images = computed(tab, "luck", "it.IMAGES")
    margin = 2 * np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 5 + images**2)
    assert_same(computed(tab, "luck", f"it.margin({a}, {b})"), margin)
    for shift in (-4, -2, 0, 1, 3):
        moved = [value + shift for value in b]
        claimed = abs(np.mean(moved) - np.mean(a)) > margin
        assert computed(tab, "luck", f"it.isClaimed({a}, {moved}, 'errors')") == claimed
        apart = max(a) < min(moved) or max(moved) < min(a)
        assert computed(tab, "luck", f"it.isClaimed({a}, {moved}, 'overlap')") == apart


def test_luck_is_as_often_wrong_as_the_figure_says(tab):
    """The rule of two standard errors does not depend on the number of seeds."""
    share = """(() => {
      let claims = 0;
      for (let seed = 0; seed < 2000; seed++) {
        const { a, b } = it.experiment(seed, SEEDS, TRUTH, kit);
        claims += it.isClaimed(a, b, "RULE");
      }
      return claims / 2000;
    })()"""

    def found(rule: str, seeds: int, truth: int) -> float:
        call = share.replace("SEEDS", str(seeds)).replace("TRUTH", str(truth))
        return computed(tab, "luck", call.replace("RULE", rule))

    assert all(0.03 < found("errors", seeds, 0) < 0.09 for seeds in (3, 5, 10))
    assert found("errors", 3, 2) < found("errors", 5, 2) < found("errors", 10, 2)
    assert found("overlap", 3, 0) > 0.15 and found("overlap", 10, 2) < 0.25


BEGIN, STEEPNESS = [-8.0, 1.5], np.array([1.0, 30.0])
KERAS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}


@pytest.mark.parametrize("optimizer", KERAS)
def test_optimizers_are_those_of_keras(tab, optimizer):
    """Keras calculates in float64 where its variable does, but for Adam's powers."""
    import keras

    kind, settings = KERAS[optimizer]
    made = getattr(keras.optimizers, kind)(learning_rate=0.03, **settings)
    variable = keras.Variable(np.array(BEGIN), dtype="float64")
    path = [np.array(BEGIN)]
    for _ in range(50):
        gradient = keras.ops.convert_to_tensor(STEEPNESS * path[-1], dtype="float64")
        made.apply([gradient], [variable])
        path.append(keras.ops.convert_to_numpy(variable))
    found = computed(
        tab, "ravine", f"it.descend('{optimizer}', 0.03, 0.9, 30, {BEGIN})"
    )
    tolerance = 1e-4 if optimizer == "adam" else TOLERANCE
    np.testing.assert_allclose(found, path, rtol=0, atol=tolerance)


def test_adam_is_exact(tab):
    path, mean, square = [np.array(BEGIN)], 0, 0
    for step in range(1, 51):
        gradient = STEEPNESS * path[-1]
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        correction = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        path.append(path[-1] - 0.03 * correction * mean / (np.sqrt(square) + 1e-7))
    assert_same(
        computed(tab, "ravine", f"it.descend('adam', 0.03, 0, 30, {BEGIN})"), path
    )
    loss = np.sum(STEEPNESS * np.square(BEGIN)) / 2
    assert_same(computed(tab, "ravine", f"it.loss({BEGIN}, 30)"), loss)


@pytest.mark.parametrize("activation", ["none", "sigmoid", "relu"])
def test_boundary_has_the_loss_and_gradient_of_its_network(tab, activation):
    units, chance = 3, np.random.default_rng(0)
    weights = chance.normal(size=4 * units + 1)
    points = [[*chance.uniform(-1, 1, 2).tolist(), i % 2] for i in range(12)]
    activate = {
        "none": lambda z: z,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "relu": lambda z: np.maximum(z, 0),
    }[activation]

    def loss(weights):
        hidden = weights[: 3 * units].reshape(units, 3)
        inputs, labels = np.array(points)[:, :2], np.array(points)[:, 2]
        a = activate(inputs @ hidden[:, :2].T + hidden[:, 2])
        answer = 1 / (1 + np.exp(-(a @ weights[3 * units : -1] + weights[-1])))
        return -np.mean(np.log(np.where(labels == 1, answer, 1 - answer)))

    call = f"it.lossAndGradient({weights.tolist()}, {units}, '{activation}', {points})"
    found = computed(tab, "boundary", call)
    assert_same(found["loss"], loss(weights))
    nudges = 1e-5 * np.eye(len(weights))
    slopes = [(loss(weights + d) - loss(weights - d)) / 2e-5 for d in nudges]
    assert_same(found["gradient"], slopes)


# What the network of the course computes

NETWORK = figures.network(COURSE)
PREDICT = """(text) => {
  const every = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const images = Array.from({ length: every.length / 784 }, (_, i) =>
    every.subarray(784 * i, 784 * (i + 1)));
  const { known, kit } = layerFigures;
  return images.map((image) => known.try.predict(image, kit.network));
}"""


def pixels(text: str) -> np.ndarray:
    return np.frombuffer(b64decode(text), "uint8").reshape(-1, 784)


def predicted(tab, images) -> np.ndarray:
    return np.array(tab.evaluate(PREDICT, b64encode(images.tobytes()).decode()))


def test_network_computes_with_the_kept_weights(tab):
    images = np.vstack([pixels(photo["pixels"]) for photo in NETWORK["photos"]])
    values = images / 255
    for layer in NETWORK["layers"]:
        weights = np.frombuffer(b64decode(layer["weights"]), "int8")
        weights = weights.reshape(-1, len(layer["biases"])) * layer["scales"]
        values = values @ weights + layer["biases"]
        if layer["activation"] == "relu":
            values = np.maximum(values, 0)
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert NETWORK["layers"][-1]["activation"] == "softmax"
    assert_same(predicted(tab, images), expected)


def test_set() -> tuple[np.ndarray, np.ndarray]:
    """Test images and targets, which follow 16 and 8 bytes of header."""
    folder = KERAS_HOME / "datasets" / "fashion-mnist"
    images, targets = (
        np.frombuffer(gzip.decompress((folder / name).read_bytes())[header:], "uint8")
        for name, header in (("t10k-images-idx3-ubyte.gz", 16),
                             ("t10k-labels-idx1-ubyte.gz", 8))
    )  # fmt: skip
    return images.reshape(-1, 784), targets


test_set.__test__ = False


@real_data
def test_network_answers_as_in_keras(tab):
    """On all test images, the same class for 99.5 % of them."""
    images, targets = test_set()
    parts = np.split(images, 10)
    answers = np.vstack([predicted(tab, part) for part in parts]).argmax(axis=1)
    keras = np.array([int(digit) for digit in NETWORK["answers"]])
    assert np.mean(answers == keras) >= 0.995
    assert abs(np.mean(answers == targets) - NETWORK["accuracy"]) <= 0.002
    assert abs(np.mean(keras == targets) - NETWORK["accuracy"]) < 0.0001
    for photo in NETWORK["photos"]:
        assert np.array_equal(pixels(photo["pixels"])[0], images[photo["image"]])
        assert photo["target"] == targets[photo["image"]]


def test_network_gets_one_of_the_eight_wrong(tab):
    images = np.vstack([pixels(photo["pixels"]) for photo in NETWORK["photos"]])
    targets = [photo["target"] for photo in NETWORK["photos"]]
    right = predicted(tab, images).argmax(axis=1) == targets
    assert len(right) == 8 and right.sum() == 7 and right[0]


def test_network_is_light():
    sent = figures.data_script(COURSE, "network")
    assert len(sent) <= 170_000 and NETWORK["answers"] not in sent


def test_similar_classes_are_those_of_the_nearest_means(tab):
    image, means = pixels(NETWORK["photos"][0]["pixels"])[0], pixels(NETWORK["means"])
    far = np.sum((means.astype(float) - image) ** 2, axis=1)
    call = f"it.similar({image.tolist()}, kit.network).map(({{ name }}) => name)"
    assert computed(tab, "try", call) == np.argsort(far).tolist()


@pytest.mark.parametrize("bright", [True, False])
def test_a_photo_becomes_like_the_training_images(tab, bright):
    """A garment of 30 rows and 12 columns, on plain ground, in a photo of 60 by 40."""
    garment = np.full((60, 40), 20.0)
    garment[12:42, 8:20] = np.linspace(120, 220, 30)[:, None]
    grey = 255 - garment if bright else garment
    clear = computed(tab, "try", f"it.inverted({grey.ravel().tolist()}, 40)")
    expected = 255 * (garment - 20) / 200
    assert_same(clear, expected.ravel())
    square = computed(tab, "try", f"it.cropped({clear}, 40)")
    cut = np.pad(expected[12:42], ((0, 0), (1, 0)))[:, :30]
    assert_same(square, cut.ravel())
    share = np.zeros((28, 30))  # of each row that a small row covers
    for small in range(28):
        for row in range(30):
            first, last = max(row, small * 30 / 28), min(row + 1, (small + 1) * 30 / 28)
            share[small, row] = max(0, last - first) / (30 / 28)
    small = np.array(computed(tab, "try", f"it.shrunk({square})")).reshape(28, 28)
    np.testing.assert_allclose(small, share @ cut @ share.T, rtol=0, atol=0.51)


def test_a_photo_of_nothing_is_noticed(tab):
    assert computed(tab, "try", "it.inverted(new Array(600).fill(200), 20)") is None


def test_brush_and_eraser(tab):
    call = "it.drawn(new Array(784).fill({}), [3, 10.5], [25, 10.5], {})"
    line = np.array(computed(tab, "try", call.format(0, "false"))).reshape(28, 28)
    assert (line[9:12, 3:25] == 255).all()
    assert not line[:8].any() and not line[13:].any()
    gap = np.array(computed(tab, "try", call.format(255, "true"))).reshape(28, 28)
    assert_same(gap, 255 - line)


@pytest.mark.full(sample=[100, "none"])
@pytest.mark.parametrize(
    ("shape", "activation", "units", "least", "most"),
    [
        ("xor", "relu", 2, 95, 100),
        ("xor", "sigmoid", 2, 95, 100),
        ("xor", "relu", 1, 0, 0),
        ("xor", "none", 2, 0, 0),
        ("xor", "none", 8, 0, 0),
        ("rings", "relu", 2, 0, 10),
        ("rings", "relu", 3, 95, 100),
    ],
)
def test_boundary_learns_what_it_can(tab, shape, activation, units, least, most):
    """Of 100 seeds, so many separate all points."""
    call = f"""(() => {{
      const asked = {{ shape: "{shape}", activation: "{activation}", units: {units} }};
      let separated = 0;
      for (let seed = 1; seed <= 100; seed++) {{
        const {{ points, net }} = it.begin({{ ...asked, seed }}, kit);
        const after = it.train(net, {units}, "{activation}", points, it.STEPS);
        separated += it.rightOnes({{ ...asked, points, net: after }}) === points.length;
      }}
      return separated;
    }})()"""
    assert least <= computed(tab, "boundary", call) <= most


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("depth", [1, 3])
def test_depth_has_the_gradients_of_its_network(tab, activation, depth):
    net = computed(tab, "depth", f"it.network({depth}, 1.5, 7, kit)")
    images, labels = np.array(net["images"]), net["labels"]
    weights = [np.array(layer) for layer in net["weights"]]
    activate = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[activation]

    def forward(weights):
        outputs = [images]
        for layer in weights[:-1]:
            outputs.append(activate(outputs[-1] @ layer))
        return outputs, outputs[-1] @ weights[-1]

    def loss(layer, change):
        moved = [w + change if i == layer else w for i, w in enumerate(weights)]
        scores = forward(moved)[1]
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -logs[range(len(labels)), labels].mean()

    found = computed(tab, "depth", f"it.measure({json.dumps(net)}, '{activation}')")
    spreads = [outputs.std(axis=0).mean() for outputs in forward(weights)[0]]
    assert_same(found["spreads"], spreads)
    for layer, values in enumerate(weights):
        slopes = []
        for place in np.ndindex(values.shape):
            nudge = np.zeros(values.shape)
            nudge[place] = 1e-5
            slopes.append((loss(layer, nudge) - loss(layer, -nudge)) / 2e-5)
        assert_same(found["gradients"][layer], np.sqrt(np.mean(np.square(slopes))))


@pytest.mark.parametrize(("activation", "scale"), [("relu", 1.4), ("tanh", 1)])
def test_depth_keeps_gradients_at_the_right_scale(tab, activation, scale):
    for seed in range(10):
        call = f"it.measure(it.network(20, SCALE, {seed}, kit), 'KIND').gradients"
        kept = call.replace("SCALE", str(scale)).replace("KIND", activation)
        first, *_, last = computed(tab, "depth", kept)
        assert 0.01 < first / last < 100
        for wide in (1, 6):
            lost = call.replace("SCALE", str(wide)).replace("KIND", "sigmoid")
            first, *_, last = computed(tab, "depth", lost)
            assert first < 1e-2 * last


# How it is moved


@pytest.fixture(params=[f"{lang}/{name}" for lang in LANGUAGES for name in NAMES])
def shown(request, browser, address):
    """A figure on its page, brought to life, where nothing moves by itself."""
    lang, name = request.param.split("/")
    with open_tab(browser, address, reduced_motion="reduce") as (tab, faults):
        tab.goto(f"{address}/{lang}/{chapter_of(name)}.html")
        figure = tab.locator(f"#{figures.anchor(name)}")
        figure.scroll_into_view_if_needed()
        figure.locator("[role=group]").wait_for()
        if needs := figures.needed(COURSE, name):
            figure.locator(CONTROLS).last.press("Enter")  # that is its first move
            tab.wait_for_function("(it) => layerFigures.kit[it]", arg=needs)
        yield tab, figure
        assert faults == []


CONTROLS = "[role=group] :is(input, select, button)"
BY_THEMSELVES = ("file", "checkbox")  # a key opens a window, or chooses a tool
KEYS = {  # by the kind of a control, or its tag
    "range": ["ArrowRight", "ArrowLeft", "ArrowLeft"],
    "number": ["ArrowUp"],
    "radio": ["ArrowRight"],
    "SELECT": ["ArrowDown"],
    "BUTTON": ["Enter"],
}


def test_keyboard_moves_every_control_and_leads_back(shown):
    tab, figure = shown
    begin = figure.locator(".layer-drawing").inner_html()
    said = figure.locator("[role=status]")
    for control in figure.locator(CONTROLS).all()[:-1]:
        if not control.is_visible():
            continue
        assert control.bounding_box()["height"] >= FINGER
        before = figure.locator(".layer-drawing").inner_html()
        tag, kind = control.evaluate("(it) => [it.tagName, it.type]")
        if kind in BY_THEMSELVES:
            continue
        control.focus()
        for key in KEYS.get(kind) or KEYS[tag]:
            control.press(key)
            if figure.locator(".layer-drawing").inner_html() != before:
                break
        control.evaluate("(it) => it.blur()")
        assert figure.locator(".layer-drawing").inner_html() != before, control
        assert not re.search("undefined|NaN", figure.inner_text())
    changed = figure.locator(".layer-drawing").inner_html()
    tab.wait_for_function(
        "(it) => it.querySelector('[role=status]').textContent"
        " === it.querySelector('.layer-figure-said').textContent",
        arg=figure.element_handle(),
    )
    assert said.text_content().strip()
    last = figure.locator(CONTROLS).last
    last.focus()
    last.press("Enter")
    assert figure.locator(".layer-drawing").inner_html() == begin != changed


def test_axe_finds_nothing_in_any_state(shown):
    """Every option of every choice, in both themes and sizes."""
    tab, figure = shown
    where = f"#{figure.get_attribute('id')}"
    choices = figure.locator("select")
    options = choices.evaluate_all("(all) => all.map((it) => it.options.length)")
    for number in range(max(options, default=1)):
        for choice, count in zip(choices.all(), options, strict=True):
            choice.select_option(index=number % count)
        for theme, size in zip(THEMES, SIZES.values(), strict=True):
            tab.emulate_media(color_scheme=theme)
            tab.set_viewport_size(size)
            assert violations(tab, f"{number}, {theme}", where=where) == []


def test_fits_a_narrow_screen(shown):
    tab, figure = shown
    tab.set_viewport_size({"width": 320, "height": 640})
    box = figure.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 320
    for control in figure.locator(CONTROLS).all():
        if control.is_visible():
            inner = control.bounding_box()
            assert inner["x"] + inner["width"] <= box["x"] + box["width"]


def test_is_loaded_when_the_reader_comes_near(browser, address):
    name = NAMES[0]
    asked = []
    with open_tab(browser, address) as (tab, _):
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{address}/en/{chapter_of(name)}.html", wait_until="networkidle")
        assert not [url for url in asked if f"/figures/{name}.js" in url]
        tab.locator(f"#{figures.anchor(name)}").scroll_into_view_if_needed()
        tab.locator(f"#{figures.anchor(name)} [role=group]").wait_for()
        assert [url for url in asked if f"/figures/{name}.js" in url]


# Trying the network


@pytest.fixture(params=[f"{lang}/{page}" for lang in LANGUAGES
                        for page in ("index", chapter_of("try"))])  # fmt: skip
def tried(request, browser, address):
    """The network on a page, its words, and what the page has asked for."""
    with open_tab(browser, address, has_touch=True) as (tab, faults):
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{address}/{request.param}.html", wait_until="networkidle")
        figure = tab.locator("#figure-try")
        figure.scroll_into_view_if_needed()
        figure.locator("[role=group]").wait_for()
        yield figure, figures.words(COURSE, "try", request.param[:2]), asked
        assert faults == []


def says(figure, *parts: str) -> None:
    """Wait until a figure says this."""
    said = figure.locator(".layer-figure-said")
    for part in parts:
        said.filter(has_text=part).wait_for()


def test_weights_are_loaded_at_the_first_move(tried):
    figure, words, asked = tried
    says(figure, words["begin"])
    assert not [url for url in asked if "network.js" in url]
    wrong = next(i for i, photo in enumerate(words["photos"]) if photo["target"] == 6)
    figure.locator("[type=radio]").nth(wrong).check()
    says(figure, words["wrong"].replace("{}", words["names"][6]))
    assert len([url for url in asked if "network.js" in url]) == 1


def test_photos_stay_on_the_device_and_bad_ones_are_told(tried, tmp_path):
    figure, words, asked = tried
    take = figure.locator("[type=file]")
    label = figure.locator("label:has([type=file])")
    assert label.inner_text() == words["take"]
    assert label.bounding_box()["height"] >= FINGER
    assert words["take_note"] in figure.inner_text()
    shirt = np.full((5000, 8000), 230, "uint8")  # 40 megapixels
    shirt[1000:4000, 3000:5000] = 40
    Image.fromarray(shirt).save(tmp_path / "shirt.png")
    Image.fromarray(shirt[:900, :900]).save(tmp_path / "wall.jpg")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7 no picture")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic no picture either")
    told = {
        "paper.pdf": words["problems"]["unreadable"],
        "phone.heic": words["problems"]["unreadable"],
        "wall.jpg": words["problems"]["blank"],
        "shirt.png": words["caveats"]["photo"],
    }
    for file, text in told.items():
        take.set_input_files(tmp_path / file)
        says(figure, text)
    drawing = figure.locator(".layer-drawing")
    assert all(step in drawing.inner_html() for step in words["steps"])
    assert len([url for url in asked if "figures/network.js" in url]) == 1
    assert asked[-1].split("?")[0].endswith("network.js"), "a photo was sent"


def test_is_drawn_on_with_a_finger_and_with_keys(tried):
    figure, words, _ = tried
    tab, drawing = figure.page, figure.locator(".layer-drawing")
    pad = figure.locator("canvas[role=application]")
    assert not pad.is_visible()
    figure.get_by_role("button", name=words["draw"]).click()
    says(figure, words["caveats"]["drawing"])
    figure.get_by_role("button", name=words["clear"]).click()
    says(figure, words["caveats"]["empty"])
    below = "(it) => it.scrollIntoView({ block: 'end', behavior: 'instant' })"
    pad.evaluate(below)  # the drawing, which stays in sight
    empty = drawing.inner_html()
    box = pad.bounding_box()
    tab.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    says(figure, words["caveats"]["drawing"])
    tapped = drawing.inner_html()
    pad.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", " ", "Shift+ArrowRight"):
        pad.press(key)
    assert len({empty, tapped, drawing.inner_html()}) == 3
    figure.locator("[type=checkbox]").check()
    pad.evaluate(below)
    box = pad.bounding_box()
    for row in range(2, 30, 2):
        tab.mouse.move(box["x"] + 1, box["y"] + row * box["height"] / 30)
        tab.mouse.down()
        tab.mouse.move(box["x"] + box["width"] - 1, box["y"] + row * box["height"] / 30)
        tab.mouse.up()
    says(figure, words["caveats"]["empty"])


def test_says_so_if_the_weights_cannot_be_loaded(browser, address):
    with open_tab(browser, address) as (tab, faults):
        tab.route("**/network.js*", lambda route: route.abort())
        tab.goto(f"{address}/en/index.html")
        figure, words = tab.locator("#figure-try"), figures.words(COURSE, "try", "en")
        figure.locator("[type=radio]").nth(1).check()
        says(figure, words["unloaded"])
        tab.unroute("**/network.js*")
        figure.locator("[type=radio]").nth(2).check()
        says(figure, words["right"])
        assert len(faults) == 1, "the one that was refused above"


@EVERY_FIGURE
def test_works_from_a_folder(browser, site, name):
    with open_tab(browser, "file:") as (tab, faults):
        tab.goto((site / "ko" / f"{chapter_of(name)}.html").as_uri())
        tab.locator(f"#{figures.anchor(name)}").scroll_into_view_if_needed()
        figure = tab.locator(f"#{figures.anchor(name)}")
        figure.locator("[role=group]").wait_for()
        figure.locator(CONTROLS).last.click()
        if needs := figures.needed(COURSE, name):
            tab.wait_for_function("(it) => layerFigures.kit[it]", arg=needs)
        assert faults == []


def test_still_remains_without_scripts(browser, address):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        for name in NAMES:
            tab.goto(f"{address}/en/{chapter_of(name)}.html")
            figure = tab.locator(f"#{figures.anchor(name)}")
            assert figure.locator(".layer-drawing").bounding_box()["height"] > 100
            assert figure.locator(".layer-figure-moves").is_visible()
            assert figure.locator("input, select, button").count() == 0


def test_paper_shows_the_drawing_and_no_controls(shown):
    tab, figure = shown
    tab.emulate_media(media="print")
    assert figure.locator(".layer-drawing").is_visible()
    assert not figure.locator("[role=group]").is_visible()
    assert figure.locator(".layer-figure-moves").is_visible()
