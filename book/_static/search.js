// Search: Ctrl+K or ⌘K opens a dialog; search.html?q=… shows all results. Pagefind does
// the finding and is loaded when the search is first used (see layer_by_layer/site/search.py).

// Korean writes particles onto words. Pagefind finds every word that begins with what
// was typed, so 은닉층 finds 은닉층을; the other way round, the particle has to go.
// Two letters must remain, because the ends of 평가 and 결과 are no particles, and
// three before 도 alone, because that of 정확도 is none.
const PLACE = "(?:에서|에게|으로|로|까지|부터|처럼|보다|마다|이나|나|이랑|랑|와|과|에|만)";
const ROLE = "(?:은|는|이|가|을|를|의|이란|란)";
const PARTICLES = new RegExp(
  `^(?:(.{2,}?)${PLACE}도|(.{3,})도|(.{2,}?)${PLACE}?${ROLE}?)$`,
);

const MARK = /<mark>(.*?)<\/mark>/g;
const NOT_LETTERS = /[^\p{L}\p{N}_]+/u; // of scikit-learn
const MOST = 0.6; // of a word
const MOST_OF_TERM = 0.8; // hidden layer and hidden layers
const longer = (one, other) => Math.max(one.length, other.length);

function withoutParticles(query) {
  const words = query.trim().split(/\s+/);
  return words.map((word) => word.replace(PARTICLES, "$1$2$3")).join(" ");
}

// Other spellings become those of the course; not within names such as a_crossentropy.
function respelt(query, spellings) {
  const replaced = (text, [typed, written]) =>
    text.replace(new RegExp(`(?<![A-Za-z0-9_])${typed}`, "gi"), written);
  return Object.entries(spellings).reduce(replaced, query);
}

// How many letters two words have in common at their beginning.
function common(one, other) {
  const letters = [...one.toLowerCase()];
  const differ = letters.findIndex((letter, i) => letter !== other[i]?.toLowerCase());
  return differ < 0 ? letters.length : differ;
}

// Where two Korean words may have been written as one.
function halves(word) {
  if (!/^[가-힣]{4,}$/.test(word)) return [];
  const cuts = Array.from({ length: word.length - 3 }, (_, i) => i + 2);
  return cuts.map((cut) => [word.slice(0, cut), word.slice(cut)]);
}

document.addEventListener("DOMContentLoaded", () => {
  const search = document.querySelector(".layer-search");
  const input = search.querySelector("input");
  const status = search.querySelector("[role=status]");
  const list = search.querySelector("ol");
  const dialog = search.closest("dialog"); // none on the search page
  const says = search.dataset;

  let loading;
  const load = () => {
    const bundle = new URL(says.bundle, document.baseURI);
    const words = () => fetch(new URL("spellings.json", bundle)).then((it) => it.json());
    loading ??= Promise.all([import(bundle), words()]).then(async ([engine, all]) => {
      await engine.options({ excerptLength: 20 });
      return { engine, spellings: all[document.documentElement.lang] ?? {} };
    });
    loading.catch(() => (loading = undefined)); // try again with the next word
    return loading;
  };

  // The words to look for: spelt as here, without particles, and 모델저장 as 모델 저장.
  // Of a word that it does not know, Pagefind takes the beginning, down to one letter:
  // such a word is left out, unless most of it was found, as of optimizers.
  const wordsOf = async (query, spellings, pages) => {
    const covered = async (word) => {
      const first = (await pages(word)).slice(0, 3);
      const texts = await Promise.all(first.map(async (page) => (await page.data()).excerpt));
      const marks = [...texts.join(" ").matchAll(MARK)].map(([, mark]) => mark);
      const parts = marks.flatMap((mark) => [mark, ...mark.split(NOT_LETTERS)]);
      return Math.max(0, ...parts.map((part) => common(word, part) / word.length));
    };
    const apart = async (word) => {
      const share = await covered(word);
      if (share === 1) return [word];
      for (const two of halves(word)) {
        const shares = await Promise.all(two.map(covered));
        if (Math.min(...shares) === 1) return two;
      }
      return share >= MOST ? [word] : [];
    };
    const words = withoutParticles(respelt(query, spellings)).split(" ");
    return (await Promise.all(words.map(apart))).flat();
  };

  // Pages with all words; if there are none, pages with any, those with most first.
  // Sections are rated: a word counts the more, the fewer sections of a page have it.
  const find = async (query) => {
    const { engine, spellings } = await load();
    const pages = async (words) => (await engine.search(words)).results;
    const words = await wordsOf(query, spellings, pages);
    const found = new Map(); // by page: how many words it has, and its sections
    for (const word of new Set(words)) {
      for (const page of await pages(word)) {
        const data = await page.data();
        const { count, sections } = found.get(data.url) ?? { count: 0, sections: {} };
        for (const section of data.sub_results) {
          const rated = sections[section.url]?.rated ?? 0;
          sections[section.url] = { ...section, rated: rated + 1 / data.sub_results.length };
        }
        found.set(data.url, { ...data, count: count + 1, sections });
      }
    }
    const results = words.length ? await pages(words.join(" ")) : [];
    const all = await Promise.all(results.map((page) => page.data()));
    const list = all.map((data) => {
      const rated = ({ url }) => found.get(data.url)?.sections[url]?.rated ?? 0;
      const sections = data.sub_results.map((it) => ({ ...it, rated: rated(it) }));
      return { ...data, sections };
    });
    const any = [...found.values()].sort((a, b) => b.count - a.count);
    return definitionFirst(list.length ? list : any, words.join(" "));
  };

  // Who looks for a term wants to know what it is: the glossary's entry comes first.
  const definitionFirst = (pages, query) => {
    const defines = ({ url, title }) =>
      url.includes("#term-") && common(query, title) >= MOST_OF_TERM * longer(query, title);
    for (const page of pages) {
      const entry = Object.values(page.sections).find(defines);
      if (!entry) continue;
      entry.rated = Infinity;
      return [page, ...pages.filter((other) => other !== page)];
    }
    return pages;
  };

  const element = (name, content, children = []) => {
    const made = document.createElement(name);
    Object.assign(made, content);
    made.append(...children);
    return made;
  };
  const link = (url, title) => element("a", { href: url, textContent: title });
  // Pagefind escapes what the page says, and marks the words that it found. Often it
  // begins with the title, which stands above already.
  const excerpt = (html, title) => {
    const length = title.split(" ").length;
    const begin = html.replace(/<\/?mark>/g, "").split(" ").slice(0, length).join(" ");
    const repeats = begin === title || begin === `${title}.`;
    const rest = html.split(" ").slice(repeats ? length : 0);
    return element("p", { innerHTML: rest.join(" ") });
  };

  // A page, and its three sections that fit best.
  const shown = ({ url, meta, excerpt: text, sections }) => {
    const fit = ({ weighted_locations: places }) =>
      places.reduce((sum, place) => sum + place.balanced_score, 0);
    const isPractice = ({ url }) => /#(exercise|quiz)-/.test(url);
    const isList = ({ url }) => url.endsWith("#finder"); // of what the cases explain
    const best = Object.values(sections)
      .filter((section) => section.url.includes("#") && section.title !== meta.title)
      .sort(
        (a, b) =>
          isList(a) - isList(b) ||
          b.rated - a.rated ||
          isPractice(a) - isPractice(b) ||
          fit(b) - fit(a),
      )
      .slice(0, 3);
    const parts = best.map(({ url, title, excerpt: text }) =>
      element("li", {}, [link(url, title), excerpt(text, title)]),
    );
    const below = parts.length ? element("ul", {}, parts) : excerpt(text, meta.title);
    return element("li", {}, [link(url, meta.title), below]);
  };

  let newest = 0;
  const update = async () => {
    const mine = ++newest;
    const query = input.value.replace(/[ㄱ-ㅎㅏ-ㅣ]+$/, "").trim(); // half a syllable
    if (!query || location.protocol === "file:") {
      list.replaceChildren();
      status.textContent = query ? says.noServer : "";
      return;
    }
    if (!dialog) history.replaceState(null, "", `?${new URLSearchParams({ q: query })}`);
    if (!list.children.length) status.textContent = says.searching;
    try {
      const pages = await find(query);
      if (mine !== newest) return; // the reader has typed on
      list.replaceChildren(...pages.map(shown));
      status.textContent = pages.length
        ? says.found.replace("{}", pages.length)
        : says.nothing.replace("{}", query);
    } catch {
      list.replaceChildren();
      status.textContent = says.failed;
    }
  };

  let pause;
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(update, 150); // milliseconds
  });

  // Arrow keys walk from the field through the results and back; Enter opens a link.
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    event.preventDefault();
    const stops = [input, ...list.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  });

  let opener;
  const open = () => {
    if (!dialog) return input.focus();
    if (dialog.open) return input.select();
    opener = document.activeElement;
    dialog.showModal();
    input.select();
    if (location.protocol !== "file:") load();
  };

  for (const button of document.querySelectorAll(".search-button__button")) {
    button.addEventListener("click", () => {
      open();
      opener = button;
    });
  }
  addEventListener("keydown", (event) => {
    const isOpening = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!isOpening || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open();
  });

  if (!dialog) {
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    search.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      update();
    });
    input.focus();
    if (input.value) update();
    return;
  }
  dialog.addEventListener("close", () => opener?.focus?.());
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest(".layer-search-close, a")) dialog.close();
  });
  // A search field takes the first Esc to empty itself; here it closes at once.
  dialog.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      dialog.close();
    },
    true,
  );
});
