// Questions to answer: each option becomes a button that shows its own reason. What a
// guess is about stays folded until one is tapped. Without this script, on paper and in
// Colab, options and reasons are two lists, the second one folded.

document.addEventListener("DOMContentLoaded", () => {
  const says = document.body.dataset;
  const letter = /^\s*\((.)\)\s*/;
  const letterOf = (item) => item.textContent.match(letter)[1];

  const button = (name) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    return made;
  };

  const icon = (isRight) => {
    const made = document.createElement("span");
    made.className = `fa-solid ${isRight ? "fa-check" : "fa-xmark"}`;
    return made;
  };

  // What is shown of a reason: a verdict for its letter, which is bold if it is right.
  const verdict = (reason) => {
    const isRight = reason.firstChild.nodeName === "STRONG";
    const copy = reason.cloneNode(true);
    copy.firstChild.textContent = copy.firstChild.textContent.replace(letter, "");
    const word = document.createElement("strong");
    word.textContent = isRight ? says.right : says.wrong;
    return { isRight, words: [word, " ", ...copy.childNodes] };
  };

  for (const box of document.querySelectorAll(".layer-question, .layer-guess")) {
    const outputs = [];
    let cell = box.matches(".layer-guess") ? box.nextElementSibling : null;
    for (; cell?.matches(".cell"); cell = cell.nextElementSibling) {
      outputs.push(...cell.querySelectorAll(".cell_output"));
    }
    const fold = (isFolded) => {
      box.classList.toggle("layer-waits", isFolded);
      for (const it of outputs) it.classList.toggle("layer-folded", isFolded);
    };

    const reasons = box.querySelectorAll("details li > p");
    for (const option of box.querySelectorAll(":scope > ul > li > p")) {
      const mine = [...reasons].find((it) => letterOf(it) === letterOf(option));
      const { isRight, words } = verdict(mine);
      const choice = button("layer-option");
      choice.append(...option.childNodes);
      const reason = document.createElement("p");
      reason.className = "layer-reason";
      reason.role = "status"; // said aloud as soon as it has words
      option.replaceWith(choice, reason);
      choice.addEventListener("click", () => {
        if (!choice.dataset.right) choice.append(icon(isRight));
        choice.dataset.right = reason.dataset.right = isRight;
        reason.replaceChildren(...words);
        fold(false);
      });
    }
    box.classList.add("layer-answerable");

    if (!outputs.length) continue;
    const show = button("layer-show");
    show.textContent = says.show;
    show.addEventListener("click", () => {
      fold(false); // and so this button is gone: one goes on at the output
      outputs[0].tabIndex = -1;
      outputs[0].focus();
    });
    box.append(show);
    fold(true);
  }
});
