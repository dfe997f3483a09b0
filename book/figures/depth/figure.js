// A network before its first step: how large the gradient is in each layer, and how
// much the outputs of its units differ between images. Weights have no biases.

const UNITS = 24;
const IMAGES = 32;
const CLASSES = 10;
export const EPSILON = 1e-7; // of Keras, under the root

const ACTIVATIONS = {
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), slope: (a) => a * (1 - a) },
  tanh: { value: Math.tanh, slope: (a) => 1 - a * a },
  relu: { value: (z) => Math.max(0, z), slope: (a) => (a > 0 ? 1 : 0) },
};

const matrix = (rows, columns, make) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, make));
const transposed = (a) => a[0].map((_, k) => a.map((row) => row[k]));
function product(a, b) {
  const columns = transposed(b);
  const pair = (row, column) => row.reduce((sum, value, i) => sum + value * column[i], 0);
  return a.map((row) => columns.map((column) => pair(row, column)));
}

// With scale 1, weights are drawn so that sums are about as large as what is summed.
export function network(depth, scale, seed, kit) {
  const random = kit.random(seed);
  const images = matrix(IMAGES, UNITS, random);
  const weights = Array.from({ length: depth + 1 }, (_, layer) =>
    matrix(UNITS, layer < depth ? UNITS : CLASSES,
      () => (scale * kit.normal(random)) / Math.sqrt(UNITS)));
  return { images, labels: images.map((_, i) => i % CLASSES), weights };
}

// The standard deviation between images, as a mean over units.
function spread(outputs) {
  const deviations = transposed(outputs).map((values) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  });
  return deviations.reduce((a, b) => a + b) / deviations.length;
}

// Forward and back once: by layer, the root of the mean squared gradient, and the spread.
export function measure({ images, labels, weights }, activation) {
  const { value, slope } = ACTIVATIONS[activation];
  const outputs = [images];
  for (const layer of weights.slice(0, -1)) {
    outputs.push(product(outputs.at(-1), layer).map((row) => row.map(value)));
  }
  let back = product(outputs.at(-1), weights.at(-1)).map((scores, i) => {
    const largest = Math.max(...scores);
    const powers = scores.map((z) => Math.exp(z - largest));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power, k) => (power / sum - (k === labels[i])) / images.length);
  });
  const gradients = [];
  for (let layer = weights.length - 1; layer >= 0; layer--) {
    const gradient = product(transposed(outputs[layer]), back).flat();
    const squares = gradient.reduce((sum, g) => sum + g * g, 0);
    gradients.unshift(Math.sqrt(squares / gradient.length));
    if (layer) {
      back = product(back, transposed(weights[layer])).map((row, i) =>
        row.map((g, k) => g * slope(outputs[layer][i][k])));
    }
  }
  return { gradients, spreads: outputs.map(spread) };
}

export const start = { depth: 8, activation: "sigmoid", scale: 1, seed: 42 };

export const controls = [
  { range: "depth", from: 1, to: 20, step: 1, show: (state) => `${state.depth}` },
  { choice: "activation", of: Object.keys(ACTIVATIONS) },
  { range: "scale", from: 0.5, to: 6, step: 0.1, show: (state, words, kit) => kit.number(state.scale, 1) },
  { seed: true },
];

const found = ({ depth, activation, scale, seed }, kit) =>
  measure(network(depth, scale, seed, kit), activation);

const [LEFT, RIGHT, HIGH] = [50, 335, 110];
const LOWEST = -12;
const TICKS = [["1", 0], ["10⁻⁵", -5], ["10⁻¹⁰", -10]];

// Bars on a log axis, each with the number of its layer below.
function bars(values, first, top, look, kit) {
  const up = kit.scale(LOWEST, 2, top + HIGH, top);
  const height = (value) => up(Math.min(2, Math.max(LOWEST, Math.log10(value))));
  const wide = (RIGHT - LEFT) / values.length;
  return [
    values.map((value, i) => {
      const left = LEFT + i * wide + wide * 0.15;
      const from = height(value);
      return kit.box(left, from, wide * 0.7, top + HIGH - from, look(value));
    }),
    kit.line([[LEFT, top], [LEFT, top + HIGH], [RIGHT, top + HIGH]], "thin"),
    TICKS.map(([text, value]) => kit.text(LEFT - 5, up(value) + 4, text, "end small")),
    values.map((_, i) => {
      const isShown = values.length < 12 || (i + first) % 5 === 0;
      const middle = LEFT + (i + 0.5) * wide;
      return isShown && kit.text(middle, top + HIGH + 15, i + first, "middle small");
    }),
  ];
}

export function draw(state, words, kit) {
  const { gradients, spreads } = found(state, kit);
  const limit = Math.sqrt(EPSILON);
  const y = kit.scale(LOWEST, 2, 28 + HIGH, 28)(Math.log10(limit));
  return kit.svg(
    340, 320, words.alt,
    kit.text(5, 15, words.gradient, "small strong"),
    bars(gradients, 1, 28, (value) => (value < limit ? "orange" : "blue"), kit),
    kit.line([[LEFT, y], [RIGHT, y]], "thin dashed"),
    kit.text(RIGHT, y - 4, words.limit, "end small"),
    kit.text(5, 177, words.spread, "small strong"),
    bars(spreads, 0, 190, () => "green", kit),
  );
}

export function tell(state, words, kit) {
  const { gradients, spreads } = found(state, kit);
  const values = [gradients[0], gradients.at(-1), spreads.at(-1)];
  return kit.fill(words.found, ...values.map((value) => value.toExponential(0)));
}
