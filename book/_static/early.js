// Where the browser denies storage, the memory of the page stands in for it, so that
// this script and those of the theme run on.
for (const storage of ["localStorage", "sessionStorage"]) {
  try {
    window[storage].getItem("theme");
  } catch {
    const memory = new Map();
    const value = {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, item) => memory.set(key, item),
      removeItem: (key) => memory.delete(key),
    };
    Object.defineProperty(window, storage, { value });
  }
}

// Light or dark as the reader chose last, before anything is drawn.
for (const key of ["mode", "theme"]) {
  document.documentElement.dataset[key] = localStorage.getItem(key) || "auto";
}

// Long lines of code wrapped, if the reader chose so last: see access.js.
document.documentElement.toggleAttribute("data-wrap", !!localStorage.getItem("wrap"));
