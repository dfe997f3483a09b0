// Figures that the reader moves. Each is a folder of book/figures/ whose module exports
//   start     the state that it begins with,
//   controls  what the reader moves, in order,
//   draw, tell  the state as a drawing and as a sentence,
//   changed   (optional) the state that follows a change of a control,
//   touched   (optional) the state that follows a click on the drawing,
//   needs     (optional) the name of data that it finds in the kit,
// and what it computes, for tests. The page has its words, and a still picture. A
// figure is loaded when the reader comes near it, what it needs at the first move: as
// scripts, since browsers load no modules from a folder.
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
    // An image of rows of values from 0 to 255, of which 0 is not drawn: an area for each
    // of 15 shades.
    image(x, y, step, values, width, look = "ink") {
      const areas = Array.from({ length: 16 }, () => "");
      const shade = (place) => Math.round(values[place] / 17);
      for (let place = 0, end; place < values.length; place = end) {
        const row = place - (place % width);
        for (end = place + 1; end < row + width && shade(end) === shade(place);) end++;
        const [left, top, long] = [place - row, row / width, end - place];
        areas[shade(place)] += `M${left} ${top}h${long}v1h${-long}z`;
      }
      const drawn = areas.map((area, at) => {
        const seen = `class="${look}" fill-opacity="${(at / 15).toFixed(2)}"`;
        return at && area ? `<path ${seen} d="${area}"/>` : "";
      });
      const moved = `translate(${rounded(x)} ${rounded(y)}) scale(${step})`;
      return `<g transform="${moved}">${drawn.join("")}</g>`;
    },
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

  // A photograph as rows of grey values, at most so many pixels wide and high.
  const greyOf = async (file, most) => {
    const photo = await createImageBitmap(file);
    const share = most / Math.max(photo.width, photo.height);
    const [width, height] = [photo.width, photo.height].map((long) =>
      Math.max(1, Math.round(long * share)));
    const paper = make("canvas", { width, height }).getContext("2d");
    paper.imageSmoothingQuality = "high";
    paper.fillStyle = "white"; // behind what is transparent
    paper.fillRect(0, 0, width, height);
    paper.drawImage(photo, 0, 0, width, height);
    photo.close();
    const { data } = paper.getImageData(0, 0, width, height);
    const grey = Array.from({ length: width * height }, (_, i) =>
      0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
    return { grey, width };
  };

  // Values on a small canvas: 0 is white, as the course draws images.
  const paint = (canvas, values, [column, row] = []) => {
    const paper = canvas.getContext("2d");
    const image = paper.createImageData(canvas.width, canvas.height);
    values.forEach((value, i) => image.data.fill(255 - value, 4 * i, 4 * i + 3));
    values.forEach((_, i) => (image.data[4 * i + 3] = 255));
    paper.putImageData(image, 0, 0);
    if (row === undefined) return;
    paper.fillStyle = "#d1600a";
    paper.fillRect(column, row, 1, 1);
  };

  const PAUSE = 700; // milliseconds of rest before a state is read aloud
  const AT_ONCE = 5000; // steps, for those who want nothing to move
  const STEPS = { // of a cursor, by key
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    " ": [0, 0],
  };

  const bringToLife = (element, figure) => {
    const words = JSON.parse(element.dataset.words);
    const settle = (state, name) => figure.changed?.(state, name, kit) ?? state;
    const said = make("p", { className: "layer-figure-said", ariaHidden: "true" });
    const status = make("p", { className: "layer-unseen", role: "status" });
    let state = settle(figure.start);
    let frame, timer, loading;

    const stop = () => {
      cancelAnimationFrame(frame);
      frame = undefined;
    };
    const update = () => {
      for (const [box, control, update] of boxes) {
        box.hidden = control.when?.(state) === false;
        update?.();
      }
    };
    const show = () => {
      update();
      if (figure.needs && !kit[figure.needs]) return load();
      element.querySelector("svg").outerHTML = figure.draw(state, words, kit);
      said.textContent = figure.tell(state, words, kit);
      clearTimeout(timer);
      timer = setTimeout(() => (status.textContent = said.textContent), PAUSE);
    };
    const load = () => {
      if (loading) return;
      loading = make("script", { src: element.dataset.needs });
      loading.addEventListener("load", show);
      loading.addEventListener("error", () => {
        status.textContent = said.textContent = words.unloaded;
        loading = loading.remove();
      });
      document.head.append(loading);
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
        const press = () => change(act(state, kit, words), name);
        return [make("div", {}, button(words[name], press))];
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
      check({ check: name }) {
        const input = make("input", { type: "checkbox" });
        input.addEventListener("change", () => set(name, input.checked));
        const label = make("label", { className: "layer-figure-check" }, input, words[name]);
        return [make("div", {}, label), () => (input.checked = state[name])];
      },
      pictures({ pictures: name, of, act }) {
        const inputs = of(words).map((values, i) => {
          const type = "radio";
          const input = make("input", { type, name: `${element.id}-${name}`, value: i });
          input.ariaLabel = kit.fill(words[name], i + 1);
          input.addEventListener("change", () => change(act(state, i), name));
          return [input, values];
        });
        const labels = inputs.map(([input, values]) => {
          const canvas = make("canvas", { width: 28, height: values.length / 28 });
          paint(canvas, values);
          return make("label", { className: "layer-figure-tap" }, input, canvas);
        });
        const box = make("div", { className: "layer-figure-pictures" }, ...labels);
        const update = () =>
          inputs.forEach(([input], i) => (input.checked = state[name] === i));
        return [box, update];
      },
      pad({ pad: name, width, seen, act }) {
        const canvas = make("canvas", { width, height: width, tabIndex: 0 });
        canvas.className = "layer-figure-pad";
        canvas.setAttribute("role", "application");
        canvas.ariaLabel = words[name];
        const help = make("p", { ariaHidden: "true" }, words[name]);
        let cursor = [width / 2, width / 2];
        let from;
        const draw = (to) => {
          change(act(state, from ?? to, to, kit, words), name);
          from = to;
        };
        const place = (event) => {
          const { left, top, width: wide } = canvas.getBoundingClientRect();
          const at = [event.clientX - left, event.clientY - top];
          return at.map((each) => (each / wide) * width);
        };
        const end = () => (from = undefined);
        canvas.addEventListener("pointerdown", (event) => {
          canvas.setPointerCapture(event.pointerId);
          draw(place(event));
        });
        canvas.addEventListener("pointermove", (event) => from && draw(place(event)));
        canvas.addEventListener("pointerup", end);
        canvas.addEventListener("pointercancel", end);
        canvas.addEventListener("keydown", (event) => {
          const step = STEPS[event.key];
          if (!step) return;
          event.preventDefault();
          cursor = cursor.map((at, i) => Math.max(0, Math.min(width - 1, at + step[i])));
          if (event.key === " " || event.shiftKey) draw(cursor.map((at) => at + 0.5));
          end();
          update();
        });
        const update = () => {
          const shown = canvas.matches(":focus-visible");
          paint(canvas, seen(state, words), shown ? cursor : []);
        };
        canvas.addEventListener("focus", update);
        canvas.addEventListener("blur", update);
        return [make("div", {}, canvas, help), update];
      },
      file({ file: name, most, act }) {
        const input = make("input", { type: "file", accept: "image/*" });
        input.addEventListener("change", async () => {
          const [file] = input.files;
          if (!file) return;
          input.value = ""; // so that the same one can be chosen again
          change(act(state, await greyOf(file, most).catch(() => undefined)), name);
        });
        const className = "layer-figure-tap layer-figure-file";
        const label = make("label", { className }, input, words[name]);
        return [make("div", {}, label, make("small", {}, words[`${name}_note`]))];
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
    if (!figure.needs) return show();
    said.textContent = words.begin; // until it moves, the still picture says the rest
    update();
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
