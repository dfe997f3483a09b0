"""Instructors plan with what is true: times, needs and links of chapters."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from layer_by_layer.assign import questions
from layer_by_layer.course import LANGUAGES, ROOT, CourseError, short
from layer_by_layer.site import course_map, lessons
from layer_by_layer.source.dialects import LINK
from layer_by_layer.source.page import read_page
from tests.conftest import COURSE
from tests.tabs import SIZES, open_tab

EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
CLASS = 90  # minutes
ANSWER = {"ko": "정답과 이유", "en": "Answer and reasons"}
SPAN = re.compile(r"^\| (\d+)–(\d+) \|", re.M)
HUB = "https://jupyter.example.org/class"


def text(name: str, lang: str) -> str:
    return read_page(COURSE, name).text(lang)


@EVERY_LANGUAGE
def test_plans_fill_a_class_without_gaps(lang):
    """Each table of minutes begins at 0, and goes on where the line before ended."""
    plans = re.split(r"^## ", text("instructors", lang), flags=re.M)
    tables = [spans for plan in plans if (spans := SPAN.findall(plan))]
    assert len(tables) == 2
    for spans in tables:
        edges = [0, *(int(end) for _, end in spans)]
        assert [int(start) for start, _ in spans] == edges[:-1]
        assert edges == sorted(set(edges)) and edges[-1] == CLASS


@EVERY_LANGUAGE
@pytest.mark.parametrize("name", COURSE.numbered)
def test_front_matter_says_what_the_text_says(lang, name):
    """Needs, and minutes to read: for tools there, for readers below the title."""
    page = read_page(COURSE, name)
    needs, _, helpful = page.tagged("needs", lang).partition("\n\n")
    for key, said in (("needs", needs), ("helpful", helpful)):
        linked = {link["page"] for link in LINK.finditer(said)}
        named = page.front.get(key, [])
        assert sorted(linked & set(COURSE.numbered)) == named
    time = re.search(r"^\*\*(?:Time|걸리는 시간)\*\*: \D*(\d+)", page.text(lang), re.M)
    assert int(time[1]) == page.front["minutes"]


@EVERY_LANGUAGE
@pytest.mark.parametrize("name", COURSE.numbered)
def test_practice_is_counted(lang, name):
    """Questions by the title of their answer, exercises by their headings."""
    text = read_page(COURSE, name).text(lang)
    questions = text.count(f"<summary>{ANSWER[lang]}</summary>")
    exercises = len(re.findall(r"^### (?:연습|Exercise) \d", text, re.M))
    assert questions >= 3 and exercises == 3
    minutes = lessons.PER_QUESTION * questions + lessons.PER_EXERCISE * exercises
    assert lessons.minutes(COURSE, name)[2] == f"{minutes}"


@pytest.mark.parametrize(("key", "value"), [("minutes", None), ("needs", ["09-x"])])
def test_front_matter_that_lacks_something_is_named(key, value):
    course = replace(COURSE)
    name = COURSE.numbered[1]
    page = read_page(course, name)
    front = {**page.front, key: value}
    if value is None:
        del front[key]
    read_page(course, name)  # known from now on
    [place] = [each for each in course.known if each[1:] == (name, "book")]
    course.known[place] = replace(page, front=front)
    with pytest.raises(CourseError, match=rf"book/{name}\.md:1: "):
        lessons.table(course, "en")
        course_map.picture(course, "en")


@EVERY_LANGUAGE
def test_every_chapter_has_its_part(lang):
    """In its own words: goals and needs stand in the chapter as they stand here."""
    notes = text("teaching-notes", lang)
    for name in COURSE.numbered:
        assert f"{{{{ lesson {short(name)} }}}}" in notes
        made, chapter = lessons.lesson(COURSE, lang, short(name)), text(name, lang)
        goals = [line for line in made.splitlines() if line.startswith("> - ")]
        assert len(goals) >= 4
        assert all(goal in chapter for goal in goals)
        needs = made.count("](#") + made.count("](0")
        assert needs >= 2 or name == COURSE.numbered[0]


def test_chapter_without_goals_is_named():
    page = read_page(COURSE, COURSE.numbered[0])
    cells = [cell for cell in page.cells if "goals" not in cell.tags]
    with pytest.raises(CourseError, match=r"01-.*\.md:1: no text cell .*goals"):
        replace(page, cells=cells).tagged("goals", "en")


def test_unknown_chapter_is_named():
    with pytest.raises(CourseError, match=r"chapter '08', but .* 06, 07"):
        lessons.lesson(COURSE, "en", "08")


@EVERY_LANGUAGE
def test_assignments_are_listed_with_their_links(lang):
    table = lessons.assignments(COURSE, lang)
    for name in questions.names(COURSE):
        assignment = questions.read_assignment(COURSE, name)
        link = f"[Colab\N{NO-BREAK SPACE}{short(name)}]"
        [line] = [row for row in table.splitlines() if link in row]
        assert f"| {assignment.total} | {assignment.minutes} |" in line
        assert f'href="../assignments/{lang}/{name}.html"' in line
        assert f"({COURSE.addresses.colab(lang, name, 'assignments')})" in line
    assert table.count("\n") == len(questions.names(COURSE)) + 1


@EVERY_LANGUAGE
def test_hub_links_are_completed(browser, address, lang):
    """Nothing leads anywhere until the address of a hub was typed, without typos."""
    with open_tab(browser, address) as (tab, faults):
        tab.goto(f"{address}/{lang}/grading.html")
        field = tab.locator(".layer-hub-form input")
        links = tab.locator("a.layer-hub")
        assert links.count() == len(questions.names(COURSE)) > 0
        for wrong in ("", "hub", "javascript:alert(1)//x"):
            field.fill(wrong)
            assert links.first.get_attribute("href") is None, wrong
        field.fill(f"{HUB}/ ")
        for name, link in zip(questions.names(COURSE), links.all(), strict=True):
            href = urlsplit(link.get_attribute("href"))
            asked = {key: value for key, [value] in parse_qs(href.query).items()}
            assert href.geturl().startswith(f"{HUB}/hub/user-redirect/git-pull?")
            assert asked["repo"] == COURSE.addresses.repository
            assert asked["branch"] == COURSE.addresses.branch
            folder, _, file = asked["urlpath"].removeprefix("lab/tree/").partition("/")
            assert folder == COURSE.addresses.repository.rpartition("/")[2]
            assert file == f"assignments/{lang}/{name}.ipynb"
            assert (ROOT / file).exists()
        assert faults == []


@EVERY_LANGUAGE
def test_without_a_script_the_pattern_is_shown(browser, address, lang):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        tab.goto(f"{address}/{lang}/grading.html")
        assert tab.locator(".layer-hub-form").is_hidden()
        example = f"{lessons.HUB}/hub/user-redirect/git-pull?"
        assert tab.get_by_text(example).is_visible()


@EVERY_LANGUAGE
def test_no_name_is_cut_in_a_first_column(browser, address, lang):
    """Names of files and states on a phone; a command with a space may take lines."""
    with open_tab(browser, address) as (tab, _):
        tab.set_viewport_size(SIZES["phone"])
        tab.goto(f"{address}/{lang}/grading.html")
        names = tab.locator("td:first-child code").all()
        assert len(names) > 10
        for name in names:
            lines = name.evaluate("(it) => it.getClientRects().length")
            assert lines == 1 or " " in name.inner_text(), name.inner_text()


def test_every_link_says_where_it_leads(site):
    """The theme would shorten addresses, with an icon from a font that is not here."""
    for lang in LANGUAGES:
        page = (site / lang / "instructors.html").read_text(encoding="utf-8")
        assert f">{COURSE.addresses.repository}</a>" in page
