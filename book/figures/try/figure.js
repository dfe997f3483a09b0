// The network that the course trained, on images that it knows the like of, and others.

export const needs = "network";

const SIDE = 28;
const EMPTY = new Array(SIDE ** 2).fill(0);
const BRUSH = 1.7; // pixels
const BRIGHT = 127; // a background above this is inverted
const FAINT = 32; // a photo with less contrast than this shows nothing
const THING = 64; // what is above this, of 255, belongs to the garment

const decoded = {}; // by their text: weights are decoded once

function bytes(text, Kind = Uint8Array) {
  decoded[text] ??= Kind.from(atob(text), (letter) => (letter.charCodeAt(0) << 24) >> 24);
  return decoded[text];
}

const ACTIVATIONS = {
  linear: (scores) => scores,
  relu: (scores) => scores.map((score) => Math.max(0, score)),
  softmax(scores) {
    const largest = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - largest));
    const sum = exponentials.reduce((a, b) => a + b);
    return exponentials.map((each) => each / sum);
  },
};

// One layer. Weights are whole numbers with a scale for each unit.
function through(inputs, { weights, scales, biases, activation }) {
  const matrix = bytes(weights, Int8Array);
  const sums = new Array(biases.length).fill(0);
  inputs.forEach((input, i) => {
    if (input) sums.forEach((_, j) => (sums[j] += input * matrix[i * sums.length + j]));
  });
  return ACTIVATIONS[activation](sums.map((sum, j) => sum * scales[j] + biases[j]));
}

// Ten probabilities of an image of 784 values from 0 to 255.
export function predict(pixels, { layers }) {
  return layers.reduce(through, Array.from(pixels, (value) => value / 255));
}

// The classes by the distance of their mean images, the nearest first.
export function similar(pixels, { means }) {
  const distance = (mean) => mean.reduce((sum, value, i) => sum + (value - pixels[i]) ** 2, 0);
  return meansOf(means)
    .map((mean, name) => ({ name, mean, far: distance(mean) }))
    .sort((a, b) => a.far - b.far);
}

function meansOf(text) {
  const [every, long] = [bytes(text), SIDE ** 2];
  return Array.from({ length: every.length / long }, (_, i) =>
    every.subarray(i * long, (i + 1) * long));
}

// A line of the brush on an image, or of the eraser.
export function drawn(pixels, [fromX, fromY], [toX, toY], erase) {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const long = alongX ** 2 + alongY ** 2;
  return Array.from(pixels, (value, i) => {
    const [x, y] = [(i % SIDE) + 0.5 - fromX, Math.floor(i / SIDE) + 0.5 - fromY];
    const share = long ? Math.max(0, Math.min(1, (x * alongX + y * alongY) / long)) : 0;
    const away = Math.hypot(x - share * alongX, y - share * alongY);
    const ink = 255 * Math.max(0, Math.min(1, BRUSH + 0.5 - away));
    return Math.round(erase ? Math.min(value, 255 - ink) : Math.max(value, ink));
  });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

// The background becomes 0, and the garment bright, as in the training images.
export function inverted(grey, width) {
  const height = grey.length / width;
  const onEdge = (_, i) =>
    [0, width - 1].includes(i % width) || i < width || i >= width * (height - 1);
  const bright = median(grey.filter(onEdge)) > BRIGHT;
  const turned = grey.map((value) => (bright ? 255 - value : value));
  const ground = median(turned.filter(onEdge));
  const above = turned.map((value) => Math.max(0, value - ground));
  const most = above.reduce((a, b) => Math.max(a, b), 0);
  return most < FAINT ? null : above.map((value) => (255 * value) / most);
}

// A square around the garment, which touches two of its sides.
export function cropped(values, width) {
  const rows = values.length / width;
  const found = { left: width, right: -1, top: rows, bottom: -1 };
  values.forEach((value, i) => {
    if (value < THING) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x);
    found.top = Math.min(found.top, y);
    found.bottom = Math.max(found.bottom, y);
  });
  const [wide, high] = [found.right - found.left + 1, found.bottom - found.top + 1];
  const side = Math.max(wide, high);
  const x = found.left - Math.floor((side - wide) / 2);
  const y = found.top - Math.floor((side - high) / 2);
  return Array.from({ length: side ** 2 }, (_, i) => {
    const [column, row] = [x + (i % side), y + Math.floor(i / side)];
    const inside = column >= 0 && column < width && row >= 0 && row < rows;
    return inside ? values[row * width + column] : 0;
  });
}

// A square of 28 rows, of which each pixel is the mean of what it covers.
export function shrunk(values) {
  const side = Math.sqrt(values.length);
  const step = side / SIDE;
  // How much of the row or column `at` the one of the small image covers.
  const share = (at, small) =>
    Math.max(0, Math.min(at + 1, (small + 1) * step) - Math.max(at, small * step)) / step;
  const covered = (small) => {
    const first = Math.floor(small * step);
    const last = Math.min(side, Math.ceil((small + 1) * step));
    return Array.from({ length: last - first }, (_, i) => [first + i, share(first + i, small)]);
  };
  return Array.from({ length: SIDE ** 2 }, (_, i) => {
    let sum = 0;
    for (const [row, high] of covered(Math.floor(i / SIDE))) {
      for (const [column, wide] of covered(i % SIDE)) {
        sum += high * wide * values[row * side + column];
      }
    }
    return Math.round(sum);
  });
}

export const start = { mode: "test", photo: 0, erase: false };

// What the network sees.
function seen(state, words) {
  return state.mode === "test" ? bytes(words.photos[state.photo].pixels) : state.pixels;
}

function photographed(state, photo) {
  const blank = { mode: "photo", pixels: EMPTY };
  if (!photo) return { ...blank, problem: "unreadable" };
  const { grey, width } = photo;
  const clear = inverted(grey, width);
  if (!clear) return { ...blank, problem: "blank" };
  const square = cropped(clear, width);
  const pixels = shrunk(square);
  const side = Math.sqrt(square.length);
  const steps = [[grey, width], [clear, width], [square, side], [pixels, SIDE]];
  return { ...blank, pixels, steps };
}

const isDrawing = (state) => state.mode === "drawing";
const drawing = (state, pixels) => ({ mode: "drawing", erase: state.erase ?? false, pixels });

export const controls = [
  {
    pictures: "photo",
    of: (words) => words.photos.map((photo) => bytes(photo.pixels)),
    act: (state, photo) => ({ ...start, photo }),
  },
  {
    pad: "pad", width: SIDE, when: isDrawing, seen,
    act: (state, from, to) => drawing(state, drawn(state.pixels, from, to, state.erase)),
  },
  { check: "erase", when: isDrawing },
  { press: "clear", when: isDrawing, act: () => drawing({}, EMPTY) },
  {
    press: "draw", when: (state) => !isDrawing(state),
    act: (state, kit, words) => drawing(state, Array.from(seen(state, words))),
  },
  { file: "take", most: 112, act: photographed },
];

function computed(state, words, kit) {
  const pixels = seen(state, words);
  const probabilities = predict(pixels, kit.network);
  const best = probabilities.indexOf(Math.max(...probabilities));
  const right = state.mode === "test" ? words.photos[state.photo].target : undefined;
  return { pixels, probabilities, best, right };
}

const percent = (kit, value) => `${kit.number(100 * value, 0)}%`;

export function draw(state, words, kit) {
  const { pixels, probabilities, best, right } = computed(state, words, kit);
  const answer = right === undefined || right === best ? "blue" : "orange";
  const picture = (x, y, side, values, width = SIDE, looks = ["paper", "ink"]) => {
    const step = side / Math.max(width, values.length / width);
    return [
      kit.box(x, y, width * step, (values.length / width) * step, looks[0]),
      kit.image(x, y, step, values, width, looks[1]),
    ];
  };
  const bars = probabilities.map((p, i) => {
    const [y, strong] = [17 * i, i === best || i === right ? "strong" : ""];
    return [
      kit.text(208, y + 12, words.names[i] + (i === right ? " ✓" : ""), `end small ${strong}`),
      kit.box(214, y + 2, Math.max(0.5, 84 * p), 12, i === best ? answer : "grey"),
      kit.text(340, y + 12, percent(kit, p), `end small ${strong}`),
    ];
  });
  const near = similar(pixels, kit.network).slice(0, 3).map(({ name, mean }, i) => [
    picture(114 * i, 198, 40, mean),
    kit.text(114 * i + 46, 222, words.names[name], "small"),
  ]);
  const steps = (state.steps ?? []).map(([values, width], i) => [
    picture(87 * i, 268, 79, values, width, ["ink", "paper"]),
    kit.text(87 * i, 360, words.steps[i], "small"),
  ]);
  return kit.svg(
    ...[340, steps.length ? 366 : 242, words.alt],
    picture(0, 2, 112, pixels),
    kit.text(0, 131, words.saw, "small"),
    kit.text(0, 150, words.modes[state.mode], "small"),
    bars,
    kit.text(0, 190, words.near, "small"),
    near,
    steps.length ? kit.text(0, 260, words.prepared, "small") : "",
    steps,
  );
}

export function tell(state, words, kit) {
  const { pixels, probabilities, best, right } = computed(state, words, kit);
  if (state.problem) return words.problems[state.problem];
  const said = `${words.names[best]} ${percent(kit, probabilities[best])}.`;
  if (state.mode === "test") {
    const verdict = right === best ? words.right : words.wrong;
    return `${said} ${kit.fill(verdict, words.names[right])}`;
  }
  const ink = pixels.reduce((sum, value) => sum + value, 0) / pixels.length / 255;
  const caveat = ink === 0 ? "empty" : ink > 0.9 ? "full" : state.mode;
  return `${said} ${words.caveats[caveat]}`;
}
