"""What axe-core finds on a page, in both sizes and themes, for several test modules."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.tabs import SIZES

THEMES = ("light", "dark")
# axe-core runs all its rules: WCAG 2.0 to 2.2 from A to AAA, best practices,
# experimental and deprecated ones. Contrasts below 4.5 are left to color-contrast by
# color-contrast-enhanced, which only knows those from there to 7.
LEFT_OUT = {"hidden-content": "it never fails, it only lists what is hidden"}
AXE = """async ({ leftOut, rules, where }) => {
  const isOnColour = ({ tags }) => tags.includes("cat.color");
  const isAsked = (rule) =>
    rules === "all" || isOnColour(rule) === (rules === "colour");
  const used = axe.getRules().filter(isAsked).map(({ ruleId }) => ruleId)
    .filter((id) => !leftOut.includes(id));
  const { violations } = await axe.run(where, {
    runOnly: { type: "rule", values: used }, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}: ${target}: ${[...any, ...all, ...none].map((it) => it.message)[0]}`));
}"""
# Boxes notice their new size in one frame, and have changed in the next.
SETTLE = """() => new Promise((go) =>
  requestAnimationFrame(() => requestAnimationFrame(go)))"""
# Of words of code that look the same, one is left: axe-core takes long for each.
THIN_OUT = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("article pre span")) {
    let look = "";
    for (let it = word; it.tagName !== "ARTICLE"; it = it.parentElement) {
      look += `${it.tagName} ${it.className}, `;
    }
    if (seen.has(look)) word.remove();
    seen.add(look);
  }
}"""
AROUND = {"include": ["html"], "exclude": ["article"]}


def violations(tab: Page, when: str, rules: str = "all", where="html") -> list[str]:
    """What axe-core finds in a part of a page: with all rules, colour or other."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(AXE_SCRIPT)
    options = {"leftOut": list(LEFT_OUT), "rules": rules, "where": where}
    return [f"{when}: {fault}" for fault in tab.evaluate(AXE, options)]


def violations_everywhere(tab: Page) -> list[str]:
    """In both sizes and themes; each rule only where its answer can be another.

    Rules on colour take longest: the article has the same colours in both sizes. Of its
    code, not all is left afterwards.
    """
    found = []
    for size, viewport in SIZES.items():
        tab.set_viewport_size(viewport)
        tab.evaluate(SETTLE)
        found += violations(tab, size, rules="other")
    tab.evaluate(THIN_OUT)
    for size, where in (("desktop", AROUND), ("phone", "html")):
        tab.set_viewport_size(SIZES[size])
        tab.evaluate(SETTLE)
        for theme in THEMES:
            tab.emulate_media(color_scheme=theme)
            found += violations(tab, f"{size}, {theme}", "colour", where)
    return found
