// What is folded is printed, too, and folded again afterwards.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.opened = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-opened]")) {
    details.open = false;
    delete details.dataset.opened;
  }
});

// Keep the reader's place when the language changes, and name it when a problem is
// reported: anchors that people wrote are the same in both languages. Without this
// script the links are about the whole page.
document.addEventListener("DOMContentLoaded", () => {
  const PLACE = "layer-by-layer:place"; // where it is kept
  const link = document.querySelector("a.layer-switch");
  const report = document.querySelector("a.layer-report"); // none on the search page
  const reportOfPage = report?.href;

  const isShared = (element) => !element.matches("section:not(.anchored)");
  const isOnScreen = (element) => {
    const begin = element.querySelector(":scope > :is(h1, h2, h3, h4)") ?? element;
    const { top, bottom } = begin.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  };

  const place = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && isShared(target) && isOnScreen(target)) return location.hash;
    // A section is being read once its heading is in the upper third of the screen;
    // at the end of the page, where a short one cannot rise so far, once it is seen.
    const { scrollHeight } = document.documentElement;
    const isAtEnd = scrollY > 0 && scrollY + innerHeight > scrollHeight - 2;
    const line = isAtEnd ? innerHeight : innerHeight / 3;
    const begun = [...document.querySelectorAll("section.anchored")].filter(
      (section) => section.getBoundingClientRect().top < line,
    );
    return begun.length ? `#${begun.at(-1).id}` : "";
  };

  const reportOfPlace = () => {
    const address = new URL(reportOfPage);
    const body = address.searchParams.get("body");
    const page = document.querySelector("link[rel=canonical]").href;
    address.searchParams.set("body", body.replace(page, page + place()));
    return address.href;
  };

  // Within its section, the place is the paragraph, picture or table that is being read
  // and how much of it has passed: those of both languages come in pairs.
  const blocks = (hash) => {
    const section = hash
      ? document.getElementById(decodeURIComponent(hash.slice(1)))
      : document.querySelector("article > section");
    if (!section?.matches("section")) return section ? [section] : [];
    return [...section.querySelectorAll(":scope > :not(section), section > :not(section)")];
  };
  const page = () => location.pathname.split("/").at(-1);

  const keepPlace = ({ button, ctrlKey, metaKey, shiftKey }) => {
    if (button || ctrlKey || metaKey || shiftKey || !scrollY) return;
    const hash = place();
    const places = blocks(hash).map((block) => block.getBoundingClientRect());
    const index = places.findLastIndex(({ top }) => top < innerHeight / 3);
    if (index < 0) return;
    const { top, height } = places[index];
    const share = Math.min((innerHeight / 3 - top) / (height || 1), 1);
    sessionStorage.setItem(PLACE, JSON.stringify({ page: page(), hash, index, share }));
  };

  const kept = JSON.parse(sessionStorage.getItem(PLACE));
  sessionStorage.removeItem(PLACE);
  if (kept?.page === page() && kept.hash === location.hash) {
    const goOn = () => {
      const block = blocks(kept.hash)[kept.index];
      if (!block) return;
      const { top, height } = block.getBoundingClientRect();
      scrollBy({ top: top + kept.share * height - innerHeight / 3, behavior: "instant" });
    };
    goOn();
    addEventListener("load", goOn); // after the browser went to the section
  }
  link?.addEventListener("click", keepPlace);

  // A pointer may open a link in a new tab or copy it without a click.
  for (const event of ["pointerdown", "click"]) {
    link?.addEventListener(event, () => (link.hash = place()));
    report?.addEventListener(event, () => (report.href = reportOfPlace()));
  }
});
