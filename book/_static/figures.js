// Figures that the reader moves. Each is a folder of book/figures/ whose module exports
//   start     the state that it begins with,
//   controls  what the reader moves, in order,
//   draw, tell  the state as a drawing and as a sentence,
//   changed   (optional) the state that follows a change of a control,
//   touched   (optional) the state that follows a click on the drawing,
// and what it computes, for tests. The page has its words, and a still picture. A
// figure is loaded when the reader comes near it: as a script, since browsers load no
// modules from a folder.
{
  const rounded = (value) => Math.round(value * 10) / 10;
  const escaped = (text) =>
    String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

  // What drawings are made of. `look` are classes: see layer.css.
  const kit = {
    number(value, digits = 2) {
      const said = value.toFixed(digits);
      return (Number(said) ? said : said.replace("-", "")).replace("-", "−");
    },
    fill: (text, ...values) =>
      values.reduce((said, value) => said.replace("{}", value), text),
    scale: (from, to, low, high) => (value) =>
      low + ((value - from) / (to - from)) * (high - low),

    svg: (width, height, alt, ...parts) =>
      `<svg xmlns="http://www.w3.org/2000/svg" class="layer-drawing" role="img"` +
      ` viewBox="0 0 ${width} ${height}" aria-label="${escaped(alt)}">\n` +
      `${parts.flat(9).filter(Boolean).join("\n")}\n</svg>`,
    // Cut off at its edges.
    window: (x, y, width, height, ...parts) =>
      `<svg x="${x}" y="${y}" width="${width}" height="${height}">\n` +
      `${parts.flat(9).filter(Boolean).join("\n")}\n</svg>`,
    text: (x, y, text, look = "") =>
      `<text x="${rounded(x)}" y="${rounded(y)}" class="${look}">${escaped(text)}</text>`,
    line: (points, look = "") =>
      `<path class="line ${look}" d="M${points.map((point) => point.map(rounded)).join("L")}"/>`,
    box: (x, y, width, height, look = "") =>
      `<rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}"` +
      ` height="${rounded(height)}" class="${look}"/>`,
    // Many boxes of one look.
    boxes: (boxes, look = "") =>
      `<path class="${look}" d="${boxes.map(([x, y, width, height]) =>
        `M${rounded(x)} ${rounded(y)}h${width}v${height}h${-width}z`).join("")}"/>`,
    dot: (x, y, radius, look = "") =>
      `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${radius}" class="${look}"/>`,
    arrow([x, y], [toX, toY], look = "") {
      const length = Math.hypot(toX - x, toY - y);
      if (length < 1) return "";
      const head = Math.min(7, length);
      const [alongX, alongY] = [((toX - x) / length) * head, ((toY - y) / length) * head];
      const side = (sign) => [
        toX - alongX - sign * alongY * 0.6,
        toY - alongY + sign * alongX * 0.6,
      ];
      const tip = [side(1), [toX, toY], side(-1)];
      return kit.line([[x, y], [toX, toY]], look) + kit.line(tip, look);
    },

    // The same numbers from the same seed in every browser: mulberry32.
    random(seed) {
      let state = seed | 0;
      return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
      };
    },
    // A number of the normal distribution: Box and Muller.
    normal: (random) =>
      Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  };

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const PAUSE = 700; // milliseconds of rest before a state is read aloud
  const AT_ONCE = 5000; // steps, for those who want nothing to move

  const bringToLife = (element, figure) => {
    const words = JSON.parse(element.dataset.words);
    const settle = (state, name) => figure.changed?.(state, name, kit) ?? state;
    const said = make("p", { className: "layer-figure-said", ariaHidden: "true" });
    const status = make("p", { className: "layer-unseen", role: "status" });
    let state = settle(figure.start);
    let frame, timer;

    const stop = () => {
      cancelAnimationFrame(frame);
      frame = undefined;
    };
    const show = () => {
      element.querySelector("svg").outerHTML = figure.draw(state, words, kit);
      said.textContent = figure.tell(state, words, kit);
      clearTimeout(timer);
      timer = setTimeout(() => (status.textContent = said.textContent), PAUSE);
      for (const [box, control, update] of boxes) {
        box.hidden = control.when?.(state) === false;
        update?.();
      }
    };
    const change = (changed, name) => {
      state = settle(changed, name);
      show();
    };
    const set = (name, value) => change({ ...state, [name]: value }, name);
    const button = (text, press) => {
      const made = make("button", { type: "button" }, text);
      made.addEventListener("click", press);
      return made;
    };
    const labelled = (name, text, input, ...others) => {
      input.id = `${element.id}-${name}`;
      return make("div", {}, make("label", { htmlFor: input.id }, text), ...others, input);
    };

    const kinds = {
      range({ range: name, from, to, step, show: say }) {
        const input = make("input", { type: "range", min: from, max: to, step });
        const output = make("output", { ariaHidden: "true" });
        input.addEventListener("input", () => set(name, Number(input.value)));
        const update = () => {
          input.value = state[name];
          output.textContent = say?.(state, words, kit) ?? kit.number(state[name]);
          input.setAttribute("aria-valuetext", output.textContent);
        };
        return [labelled(name, words[name], input, output), update];
      },
      choice({ choice: name, of }) {
        const options = of.map((value) => make("option", { value }, words[name][value]));
        const input = make("select", {}, ...options);
        input.addEventListener("change", () => set(name, input.value));
        return [labelled(name, words[name].label, input), () => (input.value = state[name])];
      },
      press({ press: name, act }) {
        return [make("div", {}, button(words[name], () => change(act(state, kit), name)))];
      },
      run({ run: name, act, done }) {
        const calm = matchMedia("(prefers-reduced-motion: reduce)");
        const go = () => {
          change(act(state, kit), name);
          frame = done(state) ? undefined : requestAnimationFrame(go);
          if (!frame) show();
        };
        const made = button(words.run, () => {
          if (done(state)) return;
          if (frame) stop();
          else if (!calm.matches) return go();
          else for (let i = 0; i < AT_ONCE && !done(state); i++) state = act(state, kit);
          show();
        });
        const say = () => (made.textContent = frame ? words.stop : (words[name] ?? words.run));
        return [make("div", {}, made), say];
      },
      seed() {
        const input = make("input", { type: "number", min: 0, max: 9999, step: 1 });
        input.addEventListener("change", () => set("seed", Math.trunc(input.value) || 0));
        const next = button(words.new_seed, () => set("seed", state.seed + 1));
        const box = labelled("seed", words.seed, input);
        box.append(next);
        const update = () => {
          if (document.activeElement !== input) input.value = state.seed;
        };
        return [box, update];
      },
    };
    const boxes = figure.controls.map((control) => {
      const kind = Object.keys(kinds).find((each) => each in control);
      const [box, update] = kinds[kind](control);
      return [box, control, update];
    });
    const reset = button(words.reset, () => {
      stop();
      change(figure.start);
    });
    element.querySelector("svg").after(
      said,
      make("div", { className: "layer-figure-controls", role: "group", ariaLabel: words.title },
        ...boxes.map(([box]) => box), make("div", {}, reset)),
      status,
    );
    element.addEventListener("click", (event) => {
      const svg = event.target.closest("svg");
      if (!svg || !figure.touched) return;
      const { left, top, width } = svg.getBoundingClientRect();
      const unit = svg.viewBox.baseVal.width / width;
      change(figure.touched(state, (event.clientX - left) * unit, (event.clientY - top) * unit));
    });
    show();
  };

  const known = {};
  globalThis.layerFigures = {
    kit,
    known,
    add(name, figure) {
      known[name] = figure;
      const element = document.getElementById(`figure-${name}`);
      if (element) bringToLife(element, figure);
    },
    // As it begins, without a page: for stills.
    picture(name, words) {
      const { draw, start, changed } = known[name];
      return draw(changed?.(start, undefined, kit) ?? start, words, kit);
    },
  };

  document.addEventListener("DOMContentLoaded", () => {
    const near = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          near.unobserve(target);
          document.head.append(make("script", { src: target.dataset.script }));
        }
      },
      { rootMargin: "600px" },
    );
    for (const element of document.querySelectorAll(".layer-figure")) near.observe(element);
  });
}
