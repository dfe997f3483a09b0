// Light or dark as the reader chose last, before anything is drawn.
for (const key of ["mode", "theme"]) {
  document.documentElement.dataset[key] = localStorage.getItem(key) || "auto";
}

// Keep the reader's place when the language changes: anchors that people wrote are
// the same in both languages. Without this script the link leads to the top.
document.addEventListener("DOMContentLoaded", () => {
  const link = document.querySelector("a.layer-switch");

  const isShared = (element) => !element.matches("section:not(.anchored)");
  const isOnScreen = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
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

  // A pointer may open the link in a new tab or copy it without a click.
  for (const event of ["pointerdown", "click"]) {
    link?.addEventListener(event, () => (link.hash = place()));
  }
});
