// Two recipes, trained with a few seeds each: is their difference real? The unit is the
// standard deviation of one seed.

// The luck of the images, which all seeds share: a standard deviation.
export const IMAGES = 0.7;
const MANY = 1000;

export const mean = (values) => values.reduce((a, b) => a + b) / values.length;

export function variance(values) {
  const middle = mean(values);
  const squares = values.map((value) => (value - middle) ** 2);
  return squares.reduce((a, b) => a + b) / (values.length - 1);
}

// Two standard errors of the difference, of seeds and of images.
export function margin(a, b) {
  return 2 * Math.sqrt((variance(a) + variance(b)) / a.length + IMAGES ** 2);
}

// Whether a rule calls the difference real.
export function isClaimed(a, b, rule) {
  if (rule === "errors") return Math.abs(mean(b) - mean(a)) > margin(a, b);
  return Math.max(...a) < Math.min(...b) || Math.max(...b) < Math.min(...a);
}

// One experiment: accuracies of both recipes.
export function experiment(seed, seeds, difference, kit) {
  const random = kit.random(seed);
  const several = () => Array.from({ length: seeds }, () => kit.normal(random));
  const images = IMAGES * kit.normal(random);
  return { a: several(), b: several().map((luck) => luck + difference + images) };
}

export const start = { difference: 0, seeds: 3, rule: "overlap", seed: 42, counts: {} };

const key = ({ difference, rule }, seeds) => [difference, rule, seeds].join();

// Count the experiments with this seed and the next ones.
function count(state, seed, number, kit) {
  let [claims, runs] = state.counts[key(state, state.seeds)] ?? [0, 0];
  for (let i = 0; i < number; i++) {
    const { a, b } = experiment(seed + i, state.seeds, state.difference, kit);
    claims += isClaimed(a, b, state.rule);
  }
  runs += number;
  const counts = { ...state.counts, [key(state, state.seeds)]: [claims, runs] };
  return { ...state, seed: seed + number - 1, counts };
}

export const controls = [
  { range: "difference", from: 0, to: 3, step: 0.5, show: (state, words, kit) => kit.number(state.difference, 1) },
  { range: "seeds", from: 2, to: 10, step: 1, show: (state) => `${state.seeds}` },
  { choice: "rule", of: ["overlap", "errors"] },
  { press: "one", act: (state, kit) => count(state, state.seed + 1, 1, kit) },
  { press: "many", act: (state, kit) => count(state, state.seed + 1, MANY, kit) },
  { seed: true },
];

function verdict(state, words, kit) {
  const { a, b } = experiment(state.seed, state.seeds, state.difference, kit);
  const claimed = isClaimed(a, b, state.rule);
  const real = state.difference > 0;
  const outcome = claimed ? (real ? "found" : "false") : real ? "missed" : "none";
  return { a, b, claimed, outcome };
}

export function draw(state, words, kit) {
  const { a, b, claimed } = verdict(state, words, kit);
  const x = kit.scale(-4, 7, 34, 330);
  const inside = (value) => x(Math.min(Math.max(value, -4), 7));
  const recipe = (values, truth, name, y, look) => [
    kit.text(6, y + 5, name, "strong"),
    kit.line([[34, y], [330, y]], "thin pale"),
    kit.line([[x(truth), y - 12], [x(truth), y + 12]], "thin dashed"),
    values.map((value) => kit.dot(inside(value), y, 4.5, `${look} seen`)),
    kit.line([[inside(mean(values)), y - 10], [inside(mean(values)), y + 10]], look),
  ];
  // What the rule compares: two lengths, or how far the values reach.
  const bar = (length, name, y, look) => [
    kit.text(6, y + 4, name, "small"),
    kit.box(110, y - 5, Math.min(x(length) - x(0), 220), 10, look),
  ];
  const reach = (values, y, look) =>
    kit.box(inside(Math.min(...values)), y - 7, inside(Math.max(...values)) - inside(Math.min(...values)), 14, `${look} pale`);
  const compared = state.rule === "errors"
    ? [bar(Math.abs(mean(b) - mean(a)), words.found_difference, 112, claimed ? "green" : "grey"),
       bar(margin(a, b), words.margin, 130, "hollow")]
    : [reach(a, 30, "blue"), reach(b, 66, "orange"),
       kit.text(170, 122, claimed ? words.apart : words.overlapping, "middle")];
  const experiments = [
    compared,
    recipe(a, 0, "A", 30, "blue"),
    recipe(b, state.difference, "B", 66, "orange"),
    [-3, 0, 3, 6].map((value) => kit.text(x(value), 94, kit.number(value, 0), "middle small")),
  ];

  const across = kit.scale(2, 10, 50, 320);
  const up = kit.scale(0, 1, 300, 176);
  const done = [2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seeds) => {
    const [claims, runs] = state.counts[key(state, seeds)] ?? [];
    if (!runs) return [];
    const [left, top] = [across(seeds), up(claims / runs)];
    return [
      kit.dot(left, top, 4.5, state.difference ? "green" : "violet"),
      kit.text(left, top - 8, `${Math.round((100 * claims) / runs)}%`, "middle small"),
    ];
  });
  const tally = [
    kit.text(6, 160, state.difference ? words.foundShare : words.falseShare, "small strong"),
    kit.line([[44, 176], [44, 300], [330, 300]], "thin"),
    [0, 0.5, 1].map((share) => kit.text(38, up(share) + 4, `${100 * share}%`, "end small")),
    state.difference ? "" : [
      kit.line([[44, up(0.05)], [330, up(0.05)]], "thin dashed grey"),
      kit.text(330, up(0.05) - 5, "5%", "end small"),
    ],
    [2, 4, 6, 8, 10].map((seeds) => kit.text(across(seeds), 316, seeds, "middle small")),
    kit.text(330, 334, words.seeds, "end small"),
    done.length ? done : kit.text(187, 240, words.empty, "middle"),
  ];
  return kit.svg(340, 340, words.alt, experiments, tally);
}

export function tell(state, words, kit) {
  const { a, b, claimed, outcome } = verdict(state, words, kit);
  const difference = kit.number(mean(b) - mean(a));
  const said = kit.fill(words.tell, difference, claimed ? words.real : words.tie, words[outcome]);
  const [claims, runs] = state.counts[key(state, state.seeds)] ?? [];
  return runs ? `${said} ${kit.fill(words.count, runs.toLocaleString("en"), claims.toLocaleString("en"))}` : said;
}
