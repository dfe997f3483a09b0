"""Readers answer questions and guess outputs, and lose nothing without a script.

That every option of every page gives its reason, `test_sweep.py` sees.
"""

import pytest
from playwright.sync_api import expect

from layer_by_layer.course import LANGUAGES
from tests.axe import THEMES, violations
from tests.conftest import CHAPTERS
from tests.tabs import UNFOLD, open_tab, touch

PAGE = f"{{}}/{CHAPTERS[3]}.html"
VERDICTS = {"ko": ("맞습니다.", "아닙니다."), "en": ("Right.", "Not this one.")}
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
BOXES = ":is(.layer-question, .layer-guess)"
HIDDEN = """(all) => all.filter((it) => !it.checkVisibility())
  .map((it) => it.textContent.slice(0, 60))"""


@pytest.fixture(name="page")
def opened_chapter(browser, address, lang):
    with open_tab(browser, address, reduced_motion="reduce") as (tab, _):
        tab.goto(f"{address}/{PAGE.format(lang)}")
        yield tab


@EVERY_LANGUAGE
def test_keyboard_alone_and_said_aloud(page, lang):
    """Each reason stands below its option, which can be tried as often as one likes."""
    box = page.locator(".layer-question").first
    options = box.locator("button")
    options.first.focus()
    for _ in range(options.count()):
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    said = [each.inner_text() for each in box.get_by_role("status").all()]
    right, wrong = VERDICTS[lang]
    assert sum(text.startswith(right) for text in said) == 1
    assert sum(text.startswith(wrong) for text in said) == len(said) - 1 >= 1
    assert box.locator("button .fa-check").count() == 1
    assert box.locator("button .fa-xmark").count() == len(said) - 1


@EVERY_LANGUAGE
@pytest.mark.parametrize("how", [".layer-option", ".layer-show"])
def test_output_waits_for_a_guess(page, lang, how):
    box = page.locator(".layer-guess").first
    output = box.locator("+ .cell .cell_output")
    expect(output).to_be_hidden()
    touch(box.locator(how).first)
    box.locator(how).first.press("Enter")
    expect(output).to_be_visible()
    expect(box.locator(".layer-show")).to_be_hidden()
    place = output if how == ".layer-show" else box.locator(how).first
    expect(place).to_be_focused()
    others = page.locator(".layer-folded")
    assert others.count() and not any(each.is_visible() for each in others.all())


@EVERY_LANGUAGE
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_before_and_after_each_tap(page, lang, theme):
    page.emulate_media(color_scheme=theme)
    found = violations(page, "untouched", where=BOXES)
    for number in range(3):
        for box in page.locator(BOXES).all():
            box.locator(".layer-option").nth(number).click()
        found += violations(page, f"option {number + 1}", where=BOXES)
    assert found == []


@EVERY_LANGUAGE
def test_without_script_all_can_be_read(browser, address, lang):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        tab.goto(f"{address}/{PAGE.format(lang)}")
        boxes = tab.locator(BOXES)
        assert boxes.count() > 4 and boxes.locator("button").count() == 0
        for part in (f"{BOXES} > ul > li", f"{BOXES} summary", ".cell_output"):
            shown = [it.is_visible() for it in tab.locator(f"article {part}").all()
                     if not it.locator("xpath=ancestor::details[not(@open)]").count()
                     or part.endswith("summary")]  # fmt: skip
            assert shown and all(shown), part


@EVERY_LANGUAGE
@pytest.mark.parametrize("is_answered", [False, True])
def test_paper_hides_nothing(page, lang, is_answered):
    """Neither before nor after an answer; and each thing is there once."""
    if is_answered:
        for option in page.locator(f"{BOXES} li:first-child .layer-option").all():
            option.click()
    page.emulate_media(media="print")
    page.evaluate(UNFOLD)
    for part in (f"{BOXES} li", f"{BOXES} summary", "article .cell_output"):
        assert page.locator(part).evaluate_all(HIDDEN) == [], part
    for part in (".layer-reason", ".layer-show"):
        assert not any(each.is_visible() for each in page.locator(part).all()), part


@EVERY_LANGUAGE
def test_callouts_look_different(page, lang):
    """Goals, mistake, guess, hint, solution and explanation, each in its colours."""
    background = "(it) => getComputedStyle(it).background"
    boxes = (".layer-goals blockquote", ".layer-mistake blockquote", ".layer-guess")
    grounds = [page.locator(box).first.evaluate(background) for box in boxes]
    card = page.locator("section[id^=exercises-] > section").first
    assert card.evaluate("(it) => parseFloat(getComputedStyle(it).borderTopWidth)") >= 1
    folds = card.locator("summary").all()
    assert len(folds) == 3
    grounds += [fold.evaluate(background) for fold in folds]
    assert len(set(grounds)) == 5  # a solution has the colours of goals
    assert page.locator("section[id^=exercises-] [id^=next-]").count() == 0
