// Completes the links that open a notebook on a JupyterHub (book/grading.md), as soon as
// the reader has typed the hub's address. The address stays on this page.

document.addEventListener("DOMContentLoaded", () => {
  const line = document.querySelector(".layer-hub-form");
  const field = line.querySelector("input");
  const links = document.querySelectorAll(".layer-hub");
  line.hidden = false;

  field.addEventListener("input", () => {
    const address = field.value.trim().replace(/\/+$/, "");
    const isHub = field.validity.valid && /^https?:\/\/./.test(address);
    for (const link of links) {
      if (isHub) link.href = address + link.dataset.path;
      else link.removeAttribute("href");
    }
  });
});
