// Three scores become probabilities, and each score gets a gradient.

const CLASSES = ["A", "B", "C"];
const LOOKS = ["blue", "orange", "violet"];

// As in the chapter: the largest score is subtracted first.
export function softmax(scores) {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((each) => each / sum);
}

// The same with a sigmoid of each score, as one-vs-rest of chapter 2 does.
export function sigmoids(scores) {
  const values = scores.map((score) => 1 / (1 + Math.exp(-score)));
  const sum = values.reduce((a, b) => a + b);
  return values.map((each) => each / sum);
}

export function loss(probabilities, right) {
  return -Math.log(probabilities[right]);
}

// How fast the loss grows with each score.
export function gradient(scores, right, way) {
  if (way === "softmax") {
    return softmax(scores).map((p, i) => p - (i === right ? 1 : 0));
  }
  return sigmoids(scores).map((p, i) => {
    const rest = 1 / (1 + Math.exp(scores[i]));
    return rest * (p - (i === right ? 1 : 0));
  });
}

export const start = { A: 2, B: 1, C: -1, right: "B", way: "softmax", added: 0 };

export const controls = [
  ...CLASSES.map((name) => ({
    range: name, from: -4, to: 4, step: 0.1,
    show: (state, words, kit) => kit.number(state[name] + state.added, 1),
  })),
  { choice: "way", of: ["softmax", "sigmoids"] },
  { choice: "right", of: CLASSES },
  { press: "add", act: (state) => ({ ...state, added: state.added + 100 }) },
];

function computed(state) {
  const scores = CLASSES.map((name) => state[name] + state.added);
  const right = CLASSES.indexOf(state.right);
  const probabilities = (state.way === "softmax" ? softmax : sigmoids)(scores);
  return { scores, right, probabilities, slopes: gradient(scores, right, state.way) };
}

export function draw(state, words, kit) {
  const { scores, right, probabilities, slopes } = computed(state);
  const height = kit.scale(0, 1, 170, 30);
  const grid = [0, 0.5, 1].map((value) => [
    kit.line([[70, height(value)], [335, height(value)]], "thin pale"),
    kit.text(64, height(value) + 4, value, "end small"),
  ]);
  const columns = CLASSES.map((name, i) => {
    const [middle, p] = [120 + 88 * i, probabilities[i]];
    const target = i === right ? 1 : 0;
    return [
      kit.box(middle - 28, height(p), 40, 170 - height(p), LOOKS[i]),
      i === right ? kit.box(middle - 28, height(1), 40, 140, "hollow") : "",
      kit.arrow([middle + 25, height(p)], [middle + 25, height(target)]),
      kit.text(middle - 8, height(i === right ? 1 : p) - 7, kit.number(p, 3), "middle strong"),
      kit.text(middle, 194, i === right ? `${name} ✓` : name, "middle strong"),
      kit.text(middle, 218, kit.number(scores[i], 1), "middle"),
      kit.text(middle, 242, i === right ? "1" : "0", "middle"),
      kit.text(middle, 266, kit.number(p - target, 3), "middle"),
      kit.text(middle, 290, kit.number(slopes[i], 3), "middle strong"),
    ];
  });
  const rows = [words.score, words.answer, words.error, words.slope];
  const names = rows.map((name, i) => kit.text(64, 218 + 24 * i, name, "end small"));
  return kit.svg(340, 300, words.alt, grid, columns, names);
}

export function tell(state, words, kit) {
  const { right, probabilities } = computed(state);
  const said = probabilities.map((p, i) => `${CLASSES[i]} ${kit.number(p, 3)}`);
  const lost = kit.number(loss(probabilities, right), 3);
  return kit.fill(words.tell, said.join(", "), lost);
}
