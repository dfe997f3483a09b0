// What the theme leaves out for keyboards and screen readers.

document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const says = document.body.dataset;

  // A box that scrolls is a stop for the keyboard and says what it is; a box that fits
  // is none. Code has no landmark of its own: a page has dozens.
  const boxes = {
    code: "pre:not(.cell_output pre)",
    output: ".cell_output :is(pre, .output:not(:has(pre)))",
    table: ".pst-scrollable-table-container:not(.cell_output *)",
    formula: "div.math",
  };
  const names = new Map();
  const cut = new Set(); // boxes with lines that are cut
  const restOf = (box) => box.scrollWidth - box.clientWidth - box.scrollLeft;
  const markCut = (box, rest) => box.classList.toggle("layer-cut", rest > 1); // it fades out
  const sizes = new ResizeObserver((entries) => {
    // All is measured before anything is changed: else each box costs a layout of the page.
    const measured = entries.map(({ target: box }) => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = box;
      const isWide = scrollWidth > clientWidth;
      return [box, restOf(box), isWide, isWide || scrollHeight > clientHeight];
    });
    for (const [box, rest, isWide, scrolls] of measured) {
      const role = box.matches("pre") ? "group" : "region";
      box.tabIndex = scrolls ? 0 : -1;
      box.role = scrolls ? role : null;
      box.ariaLabel = scrolls ? names.get(box) : null;
      markCut(box, rest);
      cut[isWide ? "add" : "delete"](box);
    }
    offerToWrap();
  });
  for (const [kind, selector] of Object.entries(boxes)) {
    document.querySelectorAll(`article :is(${selector})`).forEach((box, index) => {
      names.set(box, `${says[kind]} ${index + 1}`);
      sizes.observe(box);
      box.addEventListener("scroll", () => markCut(box, restOf(box)), { passive: true });
    });
  }

  // Where code or what it printed is cut, a button wraps the lines of the whole page, now
  // and next time (see early.js). What is read stays where it is on the screen.
  const offers = [...document.querySelectorAll("article .highlight > pre")]
    .filter((code) => !code.closest(".cell_output"))
    .map((code) => {
      const button = document.createElement("button");
      button.className = "layer-wrap pst-js-only";
      button.type = "button";
      button.title = button.ariaLabel = says.wrap;
      button.addEventListener("click", () => {
        const { top } = button.getBoundingClientRect();
        root.toggleAttribute("data-wrap");
        localStorage.setItem("wrap", root.hasAttribute("data-wrap") ? "on" : "");
        for (const offer of offers) offer.button.ariaPressed = root.hasAttribute("data-wrap");
        const stay = () =>
          scrollBy({ top: button.getBoundingClientRect().top - top, behavior: "instant" });
        // Browsers do much of it themselves, in the first frame.
        requestAnimationFrame(() => requestAnimationFrame(stay));
      });
      code.parentElement.append(button);
      const boxes = [...(code.closest(".cell") ?? code.parentElement).querySelectorAll("pre")];
      return { button, boxes };
    });
  const offerToWrap = () => {
    const isOn = root.hasAttribute("data-wrap");
    for (const { button, boxes } of offers) {
      button.ariaPressed = isOn;
      button.hidden = !isOn && !boxes.some((box) => cut.has(box));
    }
  };

  // Say that code was copied, which only a picture shows. While it says so, the button
  // has the class `success`.
  const status = document.createElement("p");
  status.className = "layer-unseen";
  status.role = "status";
  document.body.append(status);
  new MutationObserver(([{ target }]) => {
    const isNews = target.matches(".success");
    status.textContent = isNews ? target.dataset.tooltip : "";
  }).observe(document.querySelector("article"), {
    attributeFilter: ["data-tooltip"],
    subtree: true,
  });

  // The switch of light and dark says which one is on.
  const button = document.querySelector(".theme-switch-button");
  const label = button.ariaLabel;
  const tellMode = () => {
    const icon = button.querySelector(`[data-mode=${root.dataset.mode}]`);
    button.ariaLabel = `${label}: ${icon.title}`;
  };
  tellMode();
  new MutationObserver(tellMode).observe(root, { attributeFilter: ["data-mode"] });

  // On a wide screen the contents fold away; on a phone the theme opens a dialog.
  const toggle = document.querySelector(".primary-toggle");
  const sidebar = document.getElementById("pst-primary-sidebar");
  const wide = matchMedia("(min-width: 992px)");
  const tellFolded = () => {
    const isOpen = !sidebar.classList.contains("pst-sidebar-hidden");
    toggle.ariaExpanded = wide.matches ? isOpen : null;
  };
  tellFolded();
  wide.addEventListener("change", tellFolded);
  toggle.addEventListener(
    "click",
    (event) => {
      if (!wide.matches) return;
      event.stopImmediatePropagation();
      sidebar.classList.toggle("pst-sidebar-hidden");
      tellFolded();
    },
    true,
  );

  // The contents cover a phone: a button closes them. Styles show it there alone.
  for (const sidebar of document.querySelectorAll("[id$=-sidebar]")) {
    const button = document.createElement("button");
    button.className = "btn layer-close";
    button.type = "button";
    button.ariaLabel = says.close;
    button.innerHTML = '<span class="fa-solid fa-xmark"></span>';
    button.addEventListener("click", () => button.closest("dialog").close());
    sidebar.prepend(button);
  }

  // On a wide screen the contents scroll below title and search: to the page that is read.
  const contents = document.querySelector(".bd-docs-nav").parentElement;
  const current = contents.querySelector("[aria-current=page]");
  if (current) {
    const { top } = current.getBoundingClientRect();
    const { top: begin } = contents.getBoundingClientRect();
    contents.scrollTop = top - begin - contents.clientHeight / 2;
  }

  // A section chosen in a dialog is where the reader goes on, not the dialog's button.
  for (const dialog of document.querySelectorAll("dialog[id^=pst-]")) {
    dialog.addEventListener("click", ({ target }) => {
      const hash = target.closest("a")?.getAttribute("href").match(/^#(.+)/)?.[1];
      const section = hash && document.getElementById(decodeURIComponent(hash));
      if (!section) return;
      const goOn = () => {
        section.tabIndex = -1;
        section.focus();
      };
      dialog.addEventListener("close", goOn, { once: true });
      dialog.close();
    });
  }

  // Paper is white.
  let theme;
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => (root.dataset.theme = theme));
});
