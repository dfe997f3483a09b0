// Starts reveal.js. On a phone held upright, and without this script, a deck is a page
// to scroll, as slides would be too small to read.

const isPrinted = location.search.includes("print-pdf");
const isSmall = matchMedia("(max-width: 600px)").matches;

if (isPrinted || !isSmall || window.self !== window.top) {
  document.querySelector(".deck").classList.add("reveal");
  Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    scrollActivationWidth: null,
    plugins: [RevealNotes],
  });
}
