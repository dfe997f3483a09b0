// Which chapters the reader has read: names of pages, kept in this browser only, and the
// same in both languages. Readers say so themselves with the box at the end of a chapter:
// who scrolled to the end, or came there from a search, may not have read it.

const KEY = "layer-by-layer:read";

document.addEventListener("DOMContentLoaded", () => {
  if (!(localStorage instanceof Storage)) return; // denied: see layer.js
  const summary = document.querySelector(".layer-summary");
  const clear = summary.querySelector("button");
  const mark = document.querySelector(".layer-mark"); // only in chapters
  const says = summary.dataset;
  const chapters = says.chapters.split(" ");
  const links = document.querySelectorAll(".bd-docs-nav a, #chapters li a");

  const kept = () => (localStorage.getItem(KEY) ?? "").split(" ");
  const nameOf = ({ pathname }) => pathname.match(/([^/]+?)(?:\.html)?$/)?.[1];

  const check = () => {
    const icon = document.createElement("span");
    icon.className = "fa-solid fa-check layer-read";
    icon.role = "img";
    icon.ariaLabel = says.read;
    return icon;
  };

  const show = () => {
    const read = chapters.filter((name) => kept().includes(name));
    for (const link of links) {
      link.querySelector(".layer-read")?.remove();
      if (read.includes(nameOf(link))) link.append(check());
    }
    for (const place of document.querySelectorAll(".layer-progress")) {
      place.textContent = read.length ? says.count.replace("{}", read.length) : "";
    }
    summary.hidden = !read.length;
    if (!mark) return;
    mark.checked = read.includes(mark.value);
    mark.closest("[hidden]")?.removeAttribute("hidden");
  };

  const keep = (names) => {
    localStorage.setItem(KEY, names.join(" ").trim());
    show();
  };

  mark?.addEventListener("change", () => {
    const others = kept().filter((name) => name !== mark.value);
    keep(mark.checked ? [...others, mark.value] : others);
  });
  clear.addEventListener("click", () => {
    keep([]);
    links[0].focus(); // the button is gone
  });
  addEventListener("storage", show); // changed in another tab
  addEventListener("pageshow", show); // or on another page, before coming back
});
