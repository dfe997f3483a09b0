// A network of two inputs, some hidden units and one sigmoid output learns two classes.

const POINTS = 80;
export const STEPS = 600;
const RATE = 0.05;
const [STARTS, TRIAL] = [10, 100]; // random starts, and steps that each is tried

// A function, and its slope where it has the value a.
const ACTIVATIONS = {
  none: [(z) => z, () => 1],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (a) => a * (1 - a)],
  relu: [(z) => Math.max(z, 0), (a) => (a > 0 ? 1 : 0)],
};

const SHAPES = {
  xor(label, i, u, v) {
    const x = i & 2 ? 1 : -1;
    return [0.6 * x + 0.6 * (u - 0.5), 0.6 * (label ? x : -x) + 0.6 * (v - 0.5)];
  },
  rings(label, i, u, v) {
    const far = label ? 0.3 * Math.sqrt(v) : 0.7 + 0.25 * v;
    return [far * Math.cos(2 * Math.PI * u), far * Math.sin(2 * Math.PI * u)];
  },
  moons(label, i, u, v) {
    const far = 0.6 + 0.16 * (v - 0.5);
    const [x, y] = [-0.3 + far * Math.cos(Math.PI * u), -0.2 + 1.3 * far * Math.sin(Math.PI * u)];
    return label ? [x, y] : [-x, -y];
  },
};

// Points as [x, y, class], the same for the same seed.
export function pointsOf(shape, seed, kit) {
  const random = kit.random(seed);
  return Array.from({ length: POINTS }, (_, i) => {
    const label = i % 2;
    return [...SHAPES[shape](label, i, random(), random()), label];
  });
}

// Weights as one list: of each unit two weights and its bias, then those of the output.
// Above 0, the answer is the second class.
export function scoreOf(weights, units, activation, x, y) {
  const [f] = ACTIVATIONS[activation];
  let score = weights[4 * units];
  for (let h = 0, i = 0; h < units; h++, i += 3) {
    const a = f(weights[i] * x + weights[i + 1] * y + weights[i + 2]);
    score += a * weights[3 * units + h];
  }
  return score;
}

// The mean loss of all points, and its gradient. Nothing is made anew for each point:
// this is what takes time.
export function lossAndGradient(weights, units, activation, points) {
  const [f, slopeAt] = ACTIVATIONS[activation];
  const gradient = weights.map(() => 0);
  const hidden = new Float64Array(units);
  const output = 3 * units;
  let loss = 0;
  for (const [x, y, label] of points) {
    let score = weights[4 * units];
    for (let h = 0, i = 0; h < units; h++, i += 3) {
      hidden[h] = f(weights[i] * x + weights[i + 1] * y + weights[i + 2]);
      score += hidden[h] * weights[output + h];
    }
    loss += Math.max(score, 0) - score * label + Math.log1p(Math.exp(-Math.abs(score)));
    const error = (1 / (1 + Math.exp(-score)) - label) / points.length;
    for (let h = 0, i = 0; h < units; h++, i += 3) {
      const back = error * weights[output + h] * slopeAt(hidden[h]);
      gradient[i] += back * x;
      gradient[i + 1] += back * y;
      gradient[i + 2] += back;
      gradient[output + h] += error * hidden[h];
    }
    gradient[4 * units] += error;
  }
  return { loss: loss / points.length, gradient };
}

// Steps of Adam, as Keras makes them.
export function train({ weights, m, v, step }, units, activation, points, steps) {
  let loss;
  for (let end = step + steps; step < end;) {
    const now = lossAndGradient(weights, units, activation, points);
    loss = now.loss;
    step += 1;
    const corrected = (RATE * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
    m = m.map((mean, i) => 0.9 * mean + 0.1 * now.gradient[i]);
    v = v.map((mean, i) => 0.999 * mean + 0.001 * now.gradient[i] ** 2);
    weights = weights.map((w, i) => w - (corrected * m[i]) / (Math.sqrt(v[i]) + 1e-7));
  }
  return { weights, m, v, step, loss };
}

// Of several random starts, the one that learns fastest: with few units, many get stuck.
export function begin({ shape, seed, units, activation }, kit) {
  const points = pointsOf(shape, seed, kit);
  const random = kit.random(seed + 1);
  const starts = Array.from({ length: STARTS }, () => {
    const hidden = Array.from({ length: units }, () =>
      [1.5 * kit.normal(random), 1.5 * kit.normal(random), 0.6]);
    const output = Array.from({ length: units }, () => kit.normal(random));
    const weights = [...hidden.flat(), ...output, 0];
    return { weights, m: weights.map(() => 0), v: weights.map(() => 0), step: 0 };
  });
  const tried = starts.map((each) => train(each, units, activation, points, TRIAL).loss);
  const net = starts[tried.indexOf(Math.min(...tried))];
  const { loss } = lossAndGradient(net.weights, units, activation, points);
  return { points, net, losses: [loss] };
}

export function rightOnes({ points, net, units, activation }) {
  return points.filter(([x, y, label]) =>
    scoreOf(net.weights, units, activation, x, y) > 0 === (label > 0)).length;
}

export const start = { shape: "xor", activation: "none", units: 2, seed: 1 };

function go(state, steps) {
  const net = train(state.net, state.units, state.activation, state.points, steps);
  return { ...state, net, losses: [...state.losses, net.loss] };
}

const EACH = 5; // steps between two drawings
const isDone = (state) => state.net.step >= STEPS;

export const controls = [
  { choice: "shape", of: Object.keys(SHAPES) },
  { choice: "activation", of: Object.keys(ACTIVATIONS) },
  { range: "units", from: 1, to: 8, step: 1, show: (state) => `${state.units}` },
  { press: "few", act: (state) => (isDone(state) ? state : go(state, EACH)) },
  { run: "train", act: (state) => go(state, EACH), done: isDone },
  { seed: true },
];

// Another network or other points begin untrained.
export function changed(state, name, kit) {
  return ["train", "few"].includes(name) ? state : { ...state, ...begin(state, kit) };
}

const [LEFT, TOP, SIZE, CELLS] = [50, 6, 240, 40];
const toPixel = (value) => ((value + 1.1) / 2.2) * SIZE;

export function draw(state, words, kit) {
  const { points, net, units, activation, losses } = state;
  const cell = SIZE / CELLS;
  const areas = [[], []];
  for (let row = 0; row < CELLS; row++) {
    const classOf = (column) => {
      const [x, y] = [column, CELLS - 1 - row].map((i) => ((i + 0.5) / CELLS) * 2.2 - 1.1);
      return scoreOf(net.weights, units, activation, x, y) > 0 ? 1 : 0;
    };
    for (let from = 0, to = 1; from < CELLS; from = to++) {
      const which = classOf(from);
      while (to < CELLS && classOf(to) === which) to++;
      areas[which].push([from * cell, row * cell, (to - from) * cell, cell]);
    }
  }
  const place = (x, y) => [toPixel(x), SIZE - toPixel(y)];
  const lines = Array.from({ length: units }, (_, h) => {
    const [a, b, c] = net.weights.slice(3 * h, 3 * h + 3);
    const length = Math.hypot(a, b) || 1;
    const [x, y] = [(-a * c) / length ** 2, (-b * c) / length ** 2];
    const ends = [-4, 4].map((by) => place(x - (by * b) / length, y + (by * a) / length));
    return kit.line(ends, "thin dashed");
  });
  const markers = points.map(([x, y, label]) => {
    const [left, top] = place(x, y);
    return label ? kit.dot(left, top, 3.5, "orange") : kit.box(left - 3, top - 3, 6, 6, "blue");
  });
  const map = kit.window(LEFT, TOP, SIZE, SIZE, [
    kit.boxes(areas[0], "blue pale"), kit.boxes(areas[1], "orange pale"), lines, markers,
  ]);

  const across = kit.scale(0, STEPS, LEFT, LEFT + SIZE);
  const down = kit.scale(0, 0.8, 340, 270);
  const curve = losses.map((loss, i) => [across(i * EACH), down(Math.min(loss, 0.8))]);
  const below = [
    kit.line([[LEFT, 264], [LEFT, 340], [LEFT + SIZE, 340]], "thin"),
    kit.text(LEFT - 6, 276, words.loss, "end small"),
    [0, 0.4].map((value) => kit.text(LEFT - 6, down(value) + 4, value, "end small")),
    [0, 300, 600].map((step) => kit.text(across(step), 356, step, "middle small")),
    kit.text(across(150), 356, words.steps, "middle small"),
    curve.length > 1 ? kit.line(curve, "green") : "",
    kit.dot(...curve.at(-1), 3.5, "green"),
  ];
  return kit.svg(340, 362, words.alt, map, below);
}

export function tell(state, words, kit) {
  const loss = kit.number(state.losses.at(-1));
  return kit.fill(words.tell, state.net.step, loss, rightOnes(state), POINTS);
}
