// Optimizers on a loss of two weights, (w1^2 + steepness * w2^2) / 2, as Keras has them.

const STEPS = 50;
const EPSILON = 1e-7; // of Keras
export const OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"];

// One weight: what an optimizer does to it in each step. `memory` is its own.
const RULES = {
  sgd: (g, rate) => -rate * g,
  momentum(g, rate, momentum, memory) {
    memory.v = momentum * (memory.v ?? 0) - rate * g;
    return memory.v;
  },
  nesterov(g, rate, momentum, memory) {
    memory.v = momentum * (memory.v ?? 0) - rate * g;
    return momentum * memory.v - rate * g;
  },
  adagrad(g, rate, momentum, memory) {
    memory.sum = (memory.sum ?? 0.1) + g * g;
    return (-rate * g) / Math.sqrt(memory.sum + EPSILON);
  },
  rmsprop(g, rate, momentum, memory) {
    memory.mean = 0.9 * (memory.mean ?? 0) + 0.1 * g * g;
    return (-rate * g) / Math.sqrt(memory.mean + EPSILON);
  },
  adam(g, rate, momentum, memory) {
    memory.step = (memory.step ?? 0) + 1;
    memory.m = 0.9 * (memory.m ?? 0) + 0.1 * g;
    memory.v = 0.999 * (memory.v ?? 0) + 0.001 * g * g;
    // The averages began at 0 and are too small at first.
    const corrected = Math.sqrt(1 - 0.999 ** memory.step) / (1 - 0.9 ** memory.step);
    return (-rate * corrected * memory.m) / (Math.sqrt(memory.v) + EPSILON);
  },
};

// The weights after 0, 1, ... steps.
export function descend(name, rate, momentum, steepness, begin, steps = STEPS) {
  const memories = [{}, {}];
  const path = [begin];
  for (let i = 0; i < steps; i++) {
    const now = path.at(-1);
    const gradients = [now[0], steepness * now[1]];
    path.push(now.map((w, k) => w + RULES[name](gradients[k], rate, momentum, memories[k])));
  }
  return path;
}

export const loss = ([x, y], steepness) => (x * x + steepness * y * y) / 2;

export const start = {
  first: "sgd", firstRate: -2, second: "momentum", secondRate: -2,
  momentum: 0.9, steepness: 30, x: -8, y: 1.5,
};

const rateOf = (state, which) => 10 ** state[`${which}Rate`];
const said = (rate, kit) => (rate < 0.0995 ? kit.number(rate, 3) : kit.number(rate, 2));
const needsMomentum = ({ first, second }) =>
  [first, second].some((name) => ["momentum", "nesterov"].includes(name));
const rate = (which) => ({
  range: `${which}Rate`, from: -3, to: 0.3, step: 0.02,
  when: (state) => state[which] !== "none",
  show: (state, words, kit) => said(rateOf(state, which), kit),
});

export const controls = [
  { choice: "first", of: OPTIMIZERS },
  rate("first"),
  { choice: "second", of: [...OPTIMIZERS, "none"] },
  rate("second"),
  { range: "steepness", from: 1, to: 100, step: 1, show: (state) => `${state.steepness}` },
  { range: "momentum", from: 0, to: 0.99, step: 0.01, when: needsMomentum },
  { range: "x", from: -8.8, to: 2.8, step: 0.1, show: (state, words, kit) => kit.number(state.x, 1) },
  { range: "y", from: -2.4, to: 2.4, step: 0.1, show: (state, words, kit) => kit.number(state.y, 1) },
];

const MAP = { left: 5, top: 22, width: 330, height: 137.5, unit: 27.5 };
const column = (x) => (x + 9) * MAP.unit;
const row = (y) => (2.5 - y) * MAP.unit;

// A click on the map is where both begin.
export function touched(state, left, top) {
  const x = (left - MAP.left) / MAP.unit - 9;
  const y = 2.5 - (top - MAP.top) / MAP.unit;
  const isInside = Math.abs(x + 3) < 6 && Math.abs(y) < 2.5;
  const rounded = (value) => Math.round(value * 10) / 10;
  return isInside ? { ...state, x: rounded(x), y: rounded(y) } : state;
}

function runs(state) {
  return ["first", "second"]
    .filter((which) => state[which] !== "none")
    .map((which) => {
      const begin = [state.x, state.y];
      const rate = rateOf(state, which);
      const path = descend(state[which], rate, state.momentum, state.steepness, begin);
      return { name: state[which], rate, path, look: which === "first" ? "blue" : "orange" };
    });
}

// So far away that drawing ends there.
const near = (path) => {
  const gone = path.findIndex((point) => !point.every((w) => Math.abs(w) < 1e3));
  return gone < 0 ? path : path.slice(0, gone);
};

export function draw(state, words, kit) {
  const both = runs(state);
  const levels = [0.5, 2, 8, 18, 32].map((level) => {
    const [wide, high] = [Math.sqrt(2 * level), Math.sqrt((2 * level) / state.steepness)];
    const turn = Array.from({ length: 61 }, (_, i) => (i * Math.PI) / 30);
    const ring = turn.map((t) => [column(wide * Math.cos(t)), row(high * Math.sin(t))]);
    return kit.line(ring, "thin pale");
  });
  const paths = both.map(({ path, look }) => {
    const points = near(path).map(([x, y]) => [column(x), row(y)]);
    return [kit.line(points, `${look} thin`), points.map(([x, y]) => kit.dot(x, y, 2, look))];
  });
  const map = [
    kit.text(MAP.left, 15, words.map, "small strong"),
    kit.window(MAP.left, MAP.top, MAP.width, MAP.height, [
      levels, paths,
      kit.text(column(0), row(0) + 6, "★", "middle"),
      kit.dot(column(state.x), row(state.y), 5, "hollow"),
    ]),
    kit.line([[5, 22], [335, 22], [335, 159.5], [5, 159.5], [5, 22]], "thin"),
  ];

  const across = kit.scale(0, STEPS, 0, 275);
  const up = kit.scale(-6, 4, 110, 0);
  const losses = both.map(({ path, look }) => {
    const points = path.map((point, i) => [i, Math.log10(loss(point, state.steepness))]);
    const drawn = points.filter(([, value]) => value > -30 && value < 30);
    return kit.line(drawn.map(([i, value]) => [across(i), up(value)]), look);
  });
  const below = [
    kit.text(5, 182, words.loss, "small strong"),
    kit.window(50, 190, 285, 110, losses),
    kit.line([[50, 190], [50, 300], [335, 300]], "thin"),
    [["10⁴", 4], ["1", 0], ["10⁻⁶", -6]].map(([text, value]) =>
      kit.text(45, 190 + up(value) + 4, text, "end small")),
    [0, 25, 50].map((i) => kit.text(50 + across(i), 315, i, "middle small")),
    kit.text(335, 182, words.steps, "end small"),
  ];

  const factors = both.map(({ name, rate, look }, i) => {
    const base = 342 + 24 * i;
    const values = [1, state.steepness].map((curvature) => 1 - rate * curvature);
    const parts = values.map((factor, k) => {
      const mark = Math.abs(factor) > 1 ? ` ${words.grows}` : "";
      return `${words.weights[k]} × ${kit.number(factor)}${mark}`;
    });
    const text = name === "sgd" ? parts.join(", ") : words.how[name];
    return [
      kit.box(5, base - 12, 12, 12, look),
      kit.text(23, base, words.first[name], "strong"),
      kit.text(335, base, text, "end"),
    ];
  });
  return kit.svg(340, 376, words.alt, map, below, factors);
}

export function tell(state, words, kit) {
  return runs(state)
    .map(({ name, path }) => {
      const end = path.at(-1);
      const last = loss(end, state.steepness);
      if (!(last < 1e6)) return kit.fill(words.diverged, words.first[name]);
      const digits = last < 0.001 ? last.toExponential(0) : kit.number(last, 3);
      return kit.fill(words.ended, words.first[name], digits);
    })
    .join(" ");
}
