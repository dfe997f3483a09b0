"""One bilingual page becomes two that agree; a page that cannot is refused clearly."""

import pytest

from layer_by_layer.course import LANGUAGES, Addresses, Course, CourseError
from layer_by_layer.run.store import code_hash
from layer_by_layer.source.dialects import as_text, for_colab, for_site
from layer_by_layer.source.page import read_file

KO, EN = '+++ {"lang": "ko"}\n\n', '+++ {"lang": "en"}\n\n'
TITLE = f"{KO}# 제목\n\n{EN}# Title\n\n"  # lines 1-8
CODE = "```{code-cell} ipython3\n1 + 1\n```\n"
PAIR = f"{KO}글\n\n{EN}text\n\n"


@pytest.fixture
def page(tmp_path):
    """Read a page from its text."""
    path = tmp_path / "book" / "01-page.md"
    path.parent.mkdir()

    def read(text: str):
        path.write_bytes(text.encode())
        return read_file(path, LANGUAGES)

    return read


def code(*lines: str) -> str:
    return CODE.replace("1 + 1", "\n".join(lines))


BAD_PAGES = {
    "no English twin": (TITLE + CODE + f"\n{KO}글\n", 15, "no English cell follows"),
    "two Korean cells": (TITLE + f"{KO}글\n\n{PAIR}{CODE}", 11, "no English cell"),
    "empty translation": (TITLE + f"{KO}글\n\n{EN}{CODE}", 11, "no English cell"),
    "no Korean twin": (TITLE + f"{EN}text\n\n{CODE}", 11, "no Korean cell before"),
    "empty original": (TITLE + f"{KO}{EN}text\n\n{CODE}", 13, "no Korean cell before"),
    "unknown language": (
        TITLE + f'{PAIR}+++ {{"lang": "fr"}}\n\nun\n',
        19,
        "unknown language 'fr': write ko or en",
    ),
    "forgotten marker": (
        TITLE + f"{CODE}\n글\n\n{EN}text\n",
        13,
        "Korean text for all",
    ),
    "Korean left": (TITLE + f"{KO}글\n\n{EN}a\n\nb 글\n", 17, "Korean text in an Engl"),
    "backticks in code": (
        TITLE + code('text = """', "```", '"""') + f"\n{PAIR}",
        13,
        "out of the code cell that it ended in line 11",
    ),
    "fence left open": (
        TITLE + f"{KO}글\n\n```bash\nls\n\n{EN}a\n\n{CODE}",
        13,
        "never",
    ),
    "fold left open": (
        TITLE + f"{KO}<details>\n글\n\n{EN}<details>\na\n</details>\n\n{CODE}",
        11,
        "<details> is never closed: write </details>",
    ),
    "figure without a fold": (
        TITLE + PAIR.replace('"}', '", "figure": "softmax"}') + CODE,
        11,
        "nothing says what to find",
    ),
    "tags that do not match": (
        TITLE + f"{KO}글\n\n{EN}a\n<b>b</i>\n\n{CODE}",
        16,
        "</i> closes <b>: make tags match",
    ),
    "tag that closes nothing": (
        TITLE + f"{KO}글</p>\n\n{EN}a\n{CODE}",
        11,
        "closes nothing",
    ),
    "no Korean": (TITLE + f"{KO}text\n\n{EN}text\n", 11, "no Korean text: translate"),
    "no title": (PAIR + CODE, 1, "does not begin with its title"),
    "empty page": ("", 1, "does not begin with its title"),
    "directive": (
        TITLE + f"{KO}글\n\n```{{note}}\n글\n```\n\n{EN}a\n\n{CODE}",
        13,
        "{note}",
    ),
    "colon directive": (
        TITLE + f"{KO}글\n:::{{tip}}\n:::\n\n{EN}a\n\n{CODE}",
        12,
        "{tip}",
    ),
    "role": (
        TITLE + f"{KO}글\n\n글 {{ref}}`x`\n\n{EN}a\n\n{CODE}",
        13,
        "{ref}`x`' raw",
    ),
    "target": (TITLE + f"{KO}글\n\n{EN}a\n\n(x)=\n## b\n\n{CODE}", 17, "(x)="),
    "'# ko:' alone": (TITLE + code("1", "# ko: 글", "2"), 11, "write '# en:' below it"),
    "'# ko:' at the end": (TITLE + code("1", "# ko: 글"), 11, "write '# en:' below it"),
    "'# en:' alone": (TITLE + code("# en: a", "1"), 10, "write '# ko:' above it"),
    "'# en:' first": (
        TITLE + code("# en: a", "# ko: 글"),
        10,
        "write '# ko:' above it",
    ),
    "after options": (
        TITLE + code(":tags: [x]", "", "1", "  # ko: 글"),
        13,
        "write '# en:' below it",
    ),
    "after block of options": (
        TITLE + code("---", "tags: [x]", "---", "1", "# ko: 글"),
        14,
        "write '# en:' below it",
    ),
    "alt text in one language": (
        TITLE + code("---", "alt: {ko: 글}", "---", "1"),
        13,
        "alt in one language: give ko, en",
    ),
    "caption in one language": (
        TITLE + code("---", "alt: {ko: 글, en: a}", "caption: {en: a}", "---", "1"),
        14,
        "caption in one language: give ko, en",
    ),
    "figure without caption": (
        TITLE + code("---", "alt: {ko: 글, en: a}", "---", "1"),
        13,
        "a figure has both alt and caption",
    ),
    "code in one language": (TITLE + code(":lang: ko", "", "1"), 12, "take 'lang' out"),
    "front matter, not closed": (
        f"---\na: 1\nb: [1\n---\n\n{TITLE}",
        3,
        "cannot be parsed (expected ',' or ']'",
    ),
    "front matter, a list": (f"---\n- a\n---\n\n{TITLE}", 1, "is not of type 'object'"),
    "options, not YAML": (
        TITLE + code("---", "tags: [x]", "alt: {ko: 글", "---", "1"),
        13,
        "cannot be parsed (expected ',' or '}'",
    ),
    "marker, not JSON": (TITLE + "+++ {lang: ko}\n\n글\n", 9, "cannot be parsed"),
    "marker, not a mapping": (TITLE + '+++ ["ko"]\n\n글\n', 9, "is not a dict"),
}


QUESTION = """**1. {0}?**

- ({1}) 1
- ({2}) 2

<details><summary>{0}</summary>

- **({1})** {3}
- ({2}) {4}

</details>
"""
KOREAN = QUESTION.format("하나", "가", "나", "네", "아니요")
ENGLISH = QUESTION.format("One", "a", "b", "Yes", "No")
KO_Q = '+++ {"lang": "ko", "slide": "questions"}\n\n'
EN_Q = '+++ {"lang": "en", "slide": "questions"}\n\n'
# What to write for which text of the English question.
BAD_QUESTIONS = {
    "no options": ({"- (a) 1\n- (b) 2": "(a) 1 (b) 2"}, "no options: give each a line"),
    "option without a reason": ({"- (b) No\n": ""}, "option (b) has 0 reasons"),
    "a reason for two": ({"- (b) No": "- (a) No"}, "option (a) has 2 reasons"),
    "reason of nothing": ({"- (b) No": "- (b) No\n- (c) No"}, "no option (c)"),
    "the same letter": ({"- (b) 2": "- (a) 2"}, "two options are (a)"),
    "none is right": ({"**(a)**": "(a)"}, "0 options are right: make"),
    "two are right": ({"- (b) No": "- **(b)** No"}, "2 options are right: make"),
    "another is right": (
        {"**(a)** Yes": "(a) Yes", "(b) No": "**(b)** No"},
        "is another than in line 11",
    ),
    "another order": (
        {"- **(a)** Yes\n- (b) No": "- (b) No\n- **(a)** Yes"},
        "is another than in line 11",
    ),
}


@pytest.mark.parametrize(
    ("change", "problem"), BAD_QUESTIONS.values(), ids=BAD_QUESTIONS
)
def test_question_that_cannot_be_answered_is_refused(page, change, problem):
    english = ENGLISH
    for before, after in change.items():
        assert before in english
        english = english.replace(before, after)
    with pytest.raises(CourseError) as error:
        page(TITLE + KO_Q + KOREAN + "\n" + EN_Q + english + "\n" + CODE)
    assert str(error.value).startswith("book/01-page.md:25: ")
    assert problem in str(error.value)


def test_a_cell_of_questions_has_some(page):
    texts = (KO_Q + "글\n", EN_Q + "text\n", CODE)
    with pytest.raises(CourseError, match="no question is here"):
        page(TITLE + "\n".join(texts))


def test_guess_stands_above_code(page):
    guess = [cell.replace('"slide": "questions"', '"tags": ["guess"]')
             for cell in (KO_Q + KOREAN, EN_Q + ENGLISH)]  # fmt: skip
    (question,) = page(TITLE + "\n".join([*guess, CODE])).cells[3].questions
    assert question.options == ["a", "b"]
    with pytest.raises(CourseError, match="no code cell follows this guess"):
        page(TITLE + "\n".join([*guess, PAIR, CODE]))


@pytest.mark.parametrize(("text", "line", "problem"), BAD_PAGES.values(), ids=BAD_PAGES)
def test_fault_is_named_with_file_and_line(page, text, line, problem):
    with pytest.raises(CourseError) as error:
        page(text)
    message = str(error.value)
    assert message.startswith(f"book/01-page.md:{line}: ")
    assert problem in message
    assert ": " in message.split(": ", 1)[1], "what to do"
    assert message.endswith(".")
    assert "\n" not in message


def test_page_that_is_not_utf_8(page, tmp_path):
    path = tmp_path / "book" / "01-page.md"
    path.write_bytes(TITLE.encode() + "글".encode("euc-kr"))
    with pytest.raises(CourseError, match=r"^book/01-page\.md:9: is not UTF-8: save"):
        read_file(tmp_path / "book" / "01-page.md", LANGUAGES)


GOOD_PAGES = {
    "formula for both": f"{TITLE}{CODE}\n+++\n\n$x^2$\n",
    "table in both languages": f"{TITLE}{CODE}\n+++\n\n| a | 글 |\n|---|---|\n",
    "Korean in a link to the glossary": f"{TITLE}{KO}글\n\n{EN}[글](glossary.md#x) a\n",
    "directive where there is no code": f"{TITLE}{KO}```{{note}}\n글\n```\n\n{EN}a\n",
    "braces in code": f"{TITLE}{KO}글 `{{x}}`, `y`\n\n{EN}`{{x}}`, `y`\n\n{CODE}",
    "comments in pairs": TITLE
    + code("# ko: 하나", "# en: one", "# ko: 둘", "# en: two"),
    "comment that only looks so": TITLE + code("# ok: fine", "1  # ko: 글"),
    "byte order mark": f"\ufeff---\na: 1\n---\n{TITLE}{CODE}",
    "Windows line ends": f"{TITLE}{PAIR}{CODE}".replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", GOOD_PAGES.values(), ids=GOOD_PAGES)
def test_good_page_is_read(page, text):
    cells = page(text).cells
    assert [cell.lang for cell in cells[:2]] == ["ko", "en"]
    assert cells[0].source == "# 제목"


CHAPTER = f"""---
constants: {{}}
---

{KO}# 제목

[용어](glossary.md#term-x), [2장](02-next.md#part), [2장](02-next.md), [여기](#part)

{EN}# Title

[term](glossary.md#term-x), [next](02-next.md#part), [it](02-next.md), [here](#part)

+++

$x^2$

{KO}<a id="part"></a>
## 절

{EN}<a id="part"></a>
## Section

```{{code-cell}} ipython3
---
alt: {{ko: 그림, en: picture}}
caption: {{ko: 볼 것, en: to see}}
tags: [timing]
---
for x in range(2):
    # ko: 출력
    # en: print
    print(x)
```

{KO}## 연습 풀이

{EN}## Solution

```{{code-cell}} ipython3
:tags: [solution]

1 + 1
```
"""


@pytest.fixture
def chapter(page):
    return page(CHAPTER)


@pytest.fixture
def course(tmp_path, page):
    """A course of three pages: chapter 02 exists, the glossary has no code."""
    for name, text in (("02-next", TITLE + CODE), ("glossary", TITLE)):
        (tmp_path / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    toc = {"root": "glossary", "parts": [{"chapters": [{"file": "02-next"}]}]}
    to = Addresses("https://github.com/Someone/course", "main", LANGUAGES)
    return Course(tmp_path, {}, LANGUAGES, toc, to)


@pytest.fixture
def colab(course, chapter):
    """Notebooks for Colab by language."""
    return {lang: for_colab(course, chapter, lang) for lang in LANGUAGES}


def text_of(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells)


def code_of(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_code_differs_in_comments_only(colab):
    assert code_of(colab["ko"]) == [
        "for x in range(2):\n    # 출력\n    print(x)",
        "1 + 1",
    ]
    assert code_of(colab["en"]) == [
        "for x in range(2):\n    # print\n    print(x)",
        "1 + 1",
    ]


def test_code_checksum_ignores_prose_and_comments(page, chapter):
    same = page(CHAPTER.replace("출력", "찍기").replace("Title", "Other"))
    assert code_hash(same) == code_hash(chapter)
    for change in (("print(x)", "print(-x)"), ("[timing]", "[stateful]")):
        assert code_hash(page(CHAPTER.replace(*change))) != code_hash(chapter)


def test_each_language_has_its_own_text(colab):
    korean, english = text_of(colab["ko"]), text_of(colab["en"])
    assert "# 제목" in korean and "Title" not in korean
    assert "# Title" in english and "제목" not in english
    assert "$x^2$" in korean and "$x^2$" in english
    assert len(colab["ko"].cells) == len(colab["en"].cells) == 6


def test_cell_ids_are_stable_and_unique(course, chapter, colab, page):
    again = for_colab(course, chapter, "ko")
    assert [c.id for c in again.cells] == [c.id for c in colab["ko"].cells]
    assert len({c.id for c in again.cells}) == len(again.cells)
    edited = for_colab(course, page(CHAPTER.replace("## 절", "## 새 절")), "ko")
    changed = [a.id != b.id for a, b in zip(edited.cells, again.cells, strict=True)]
    assert changed == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("lang", "alt", "caption"),
    [
        ("ko", "그림", "**그림 1.1.** 볼 것"),
        ("en", "picture", "**Figure 1.1.** to see"),
    ],
)
def test_metadata_in_the_words_of_its_readers(colab, lang, alt, caption):
    picture, solution = (c for c in colab[lang].cells if c.cell_type == "code")
    assert picture.metadata == {
        "mystnb": {"image": {"alt": alt}, "figure": {"caption": caption}},
        "tags": ["timing"],
    }
    assert solution.metadata["tags"] == ["solution", "hide-cell"]
    assert solution.metadata["cellView"] == "form"
    folded = colab[lang].metadata["colab"]["collapsed_sections"]
    assert folded == [colab[lang].cells[4].id]


COLAB = "https://colab.research.google.com/github/Someone/course/blob/main/notebooks"
BOOK = "https://someone.github.io/course"


@pytest.mark.parametrize(("lang", "other"), [("ko", "en"), ("en", "ko")])
def test_header_leads_to_colab_book_and_other_language(colab, lang, other):
    title, _, header, *_ = colab[lang].cells[0].source.splitlines()
    assert title == {"ko": "# 제목", "en": "# Title"}[lang]
    badge, twin, book = header.split(" · ")
    assert badge.endswith(f"]({COLAB}/{lang}/01-page.ipynb)")
    assert twin.endswith(f"]({COLAB}/{other}/01-page.ipynb)")
    assert book.endswith(f"]({BOOK}/{lang}/01-page.html)")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_links_lead_somewhere_in_colab(colab, lang):
    text = colab[lang].cells[0].source
    assert f"]({BOOK}/{lang}/glossary.html#term-x)" in text
    assert "](02-next.ipynb#part)" in text
    assert "](02-next.ipynb)" in text
    assert "](#part)" in text
    assert ".md" not in text
    assert '<a id="part"></a>' in text_of(colab[lang])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_links_are_checked_by_sphinx_in_the_site(course, chapter, lang):
    text = text_of(for_site(course, chapter, lang))
    assert "](#term-x)" in text
    assert text.count("](#part)") == 2
    assert "](02-next.ipynb)" in text
    assert "(part)=\n## " in text
    assert "<a id=" not in text
    assert "colab" not in text


def test_page_without_code_stays_text(course, page):
    written = page(TITLE + f"{KO}```{{note}}\n글\n```\n\n{EN}[a](#b)\n")
    assert not written.is_chapter
    assert as_text(course, written, "ko") == "# 제목\n\n```{note}\n글\n```\n"
    assert as_text(course, written, "en") == "# Title\n\n[a](#b)\n"


def test_page_of_a_title_only(course, page):
    title = for_colab(course, page(TITLE + CODE), "en").cells[0].source
    assert title.startswith("# Title\n\n[![Open in Colab]")
