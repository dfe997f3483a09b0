// One weight, one pixel, one image: the loss, its slope, and one step of SGD.

// Everything that one step computes, in the chapter's order.
export function oneStep(weight, pixel, answer, rate) {
  const z = weight * pixel;
  const a = 1 / (1 + Math.exp(-z));
  const error = a - answer;
  const slope = error * pixel;
  const step = rate * slope;
  return { z, a, error, slope, step, moved: weight - step };
}

// -log a if the answer is 1, -log(1 - a) if it is 0, without overflow.
export function loss(weight, pixel, answer) {
  const z = (answer ? -1 : 1) * weight * pixel;
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

export const start = { weight: -1, pixel: 1, rate: 0.3, answer: "1", before: [] };

const rateOf = (state) => 10 ** state.rate;

export const controls = [
  { range: "weight", from: -6, to: 6, step: 0.1 },
  { range: "pixel", from: 0, to: 1, step: 0.1, show: (state, words, kit) => kit.number(state.pixel, 1) },
  { range: "rate", from: -2, to: 0.6, step: 0.1, show: (state, words, kit) => kit.number(rateOf(state)) },
  { choice: "answer", of: ["1", "0"] },
  {
    press: "step",
    act: (state) => ({
      ...state,
      before: [...state.before, state.weight].slice(-40),
      weight: oneStep(state.weight, state.pixel, Number(state.answer), rateOf(state)).moved,
    }),
  },
];

// Steps taken on another curve are forgotten.
export function changed(state, name) {
  return name === "step" ? state : { ...state, before: [] };
}

export function draw(state, words, kit) {
  const { weight, pixel } = state;
  const [answer, rate] = [Number(state.answer), rateOf(state)];
  const { z, a, error, slope, step, moved } = oneStep(weight, pixel, answer, rate);
  const x = kit.scale(-6, 6, 30, 330);
  const y = kit.scale(0, 6, 170, 14);
  const at = (w, height = loss(w, pixel, answer)) => [x(w), y(height)];
  const height = loss(weight, pixel, answer);
  const along = 2.2 / Math.hypot(1, (slope * 12) / 6);
  const n = kit.number;

  const ticks = [-6, -3, 0, 3, 6];
  const axes = [
    kit.line([[30, 14], [30, 170], [330, 170]], "thin"),
    ticks.map((w) => kit.text(x(w), 186, n(w, 0), "middle small")),
    [0, 3, 6].map((value) => kit.text(24, y(value) + 4, value, "end small")),
    kit.text(330, 204, words.weight, "end small"),
    kit.text(36, 18, words.loss, "small"),
  ];
  const curve = Array.from({ length: 61 }, (_, i) => at(-6 + i / 5));
  const tangent = [-along, along].map((by) => at(weight + by, height + slope * by));
  const picture = [
    kit.line(curve, "blue"),
    kit.line(tangent, "violet"),
    state.before.map((w) => kit.dot(...at(w), 3, "grey")),
    kit.line([at(moved, height), at(moved)], "thin dashed"),
    kit.arrow(at(weight, height), at(moved, height), "orange"),
    kit.dot(...at(moved), 5, "hollow"),
    kit.dot(...at(weight), 5),
  ];
  const minus = (value, digits) => (value < 0 ? `(${n(value, digits)})` : n(value, digits));
  const rows = [
    ["z = w × x", `${n(weight)} × ${n(pixel, 1)}`, n(z)],
    ["a", `1 / (1 + e^(−z))`, n(a, 3)],
    ["a − y", `${n(a, 3)} − ${answer}`, n(error, 3)],
    [words.slope, `(a − y) × x`, n(slope, 3), "violet"],
    [words.oneStep, `${n(rate)} × ${minus(slope, 3)}`, n(step, 3), "orange"],
    [words.moved, `${n(weight)} − ${minus(step, 3)}`, n(moved)],
  ];
  const table = rows.map(([name, how, value, look], i) => {
    const base = 232 + 23 * i;
    return [
      look ? kit.box(0, base - 13, 4, 17, look) : "",
      kit.text(10, base, name, "strong"),
      kit.text(250, base, how, "end"),
      kit.text(330, base, value, "end strong"),
    ];
  });
  return kit.svg(340, 354, words.alt, axes, picture, table);
}

export function tell(state, words, kit) {
  const answer = Number(state.answer);
  const now = oneStep(state.weight, state.pixel, answer, rateOf(state));
  return kit.fill(
    words.tell,
    kit.number(rateOf(state)),
    kit.number(now.slope, 3),
    kit.number(now.step, 3),
    kit.number(now.moved),
  );
}
