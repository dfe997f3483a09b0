"""Both languages say the same, also where no number is: see tests/parity.py.

Where both texts of a cell are right although they differ, somebody has confirmed it at
the top of the page, and each edit of the cell asks for that again.
"""

from pathlib import Path

import pytest

from layer_by_layer.source.page import Cell, Page, read_page
from tests import parity
from tests.conftest import COURSE
from tests.content.test_pages import PAGES

TEXTS = [COURSE.book / f"{name}.md" for name in PAGES]
TEXTS += sorted(COURSE.assignments.glob("*.md"))
EVERY_TEXT = pytest.mark.parametrize(
    "path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
REMEDY = "write the same in both languages"
CONFIRM = "confirm it at the top of the page:\nconfirmed:\n"
WHY = "why they differ"


def read(path: Path) -> Page:
    return read_page(COURSE, path.stem, path.parent.name)


def confirmed(page: Page) -> dict[str, str]:
    """Cells whose languages may differ, by their key, each with the reason."""
    return page.front.get("confirmed", {})


@EVERY_TEXT
def test_cells_say_the_same(path):
    page = read(path)
    found = [
        f"{path.parent.name}/{path.name}:{ko.line}: "
        + "\n".join(differences)
        + f"\n{REMEDY}, or, if both are right as they are, {CONFIRM}  {key}: {WHY}"
        for key, ko, en in parity.keys(page)
        if key not in confirmed(page)
        and (differences := list(parity.differences(ko, en)))
    ]
    assert not found, "\n\n" + "\n\n".join(found)


@EVERY_TEXT
def test_comments_and_alt_texts_have_the_same_names(path):
    found = [
        f"{path.parent.name}/{path.name}:{line}: {difference}: {REMEDY}"
        for cell in read(path).code()
        for line, difference in parity.differences_in_code(cell)
    ]
    assert not found, "\n".join(["", *found])


@EVERY_TEXT
def test_what_is_confirmed_differs_and_is_explained(path):
    page = read(path)
    differ = {
        key for key, ko, en in parity.keys(page) if any(parity.differences(ko, en))
    }
    for key, reason in confirmed(page).items():
        where = f"{path.parent.name}/{path.name}: confirmed: {key}"
        assert key in differ, (
            f"{where}: no cell with this text has languages that differ: take it out"
        )
        assert len(str(reason)) > 10, f"{where}: say why they differ"


# What counts as the same, and what does not


def differences(korean: str, english: str) -> list[str]:
    ko, en = (
        Cell("markdown", "ko", korean, {}, 5),
        Cell("markdown", "en", english, {}, 9),
    )
    return list(parity.differences(ko, en))


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("$a$에서 $b$를 뺍니다.", "Subtract $b$ from $a$."),
        ("손실은 $-\\log a_{정답}$입니다.", "The loss is $-\\log a_{right}$."),
        ("`fit(훈련 입력)`을 부릅니다.", "Call `fit(train_input)`."),
        ("```bash\ncd notebooks/ko\n```", "```bash\ncd notebooks/en\n```"),
        ("값은 0.25입니다. 그대로입니다.", "It is 0.25, e.g. in Keras, and stays."),
        ("“왜요?”라고 묻습니다.", "“Why?” they ask."),
        ("(가) 그대로 (나) 두 배", "(a) It stays. (b) It doubles."),
        ("[5장. 렐루](05.md)를 보세요.", "See [5. ReLU](05.md)."),
        ("**정확도**\n비율입니다.\n다른 책에서는: 정답률", "**accuracy**\nA share."),
    ],
)
def test_same(korean, english):
    assert differences(korean, english) == []


@pytest.mark.parametrize(
    ("korean", "english", "expected"),
    [
        ("$$a(1 + a)$$", "$$a(1 - a)$$", "formula: only Korean 'a(1 + a)' (line 5)"),
        ("$a$입니다.", "It is $a$, not $b$.", "formula: only English 'b' (line 9)"),
        ("`fit()`입니다.", "It is `fit`.", "code: only Korean 'fit()' (line 5)"),
        ("`fit(축=축)`", "`fit(axis=)`", "code: only English 'fit(axis=)' (line 9)"),
        ("```\na\n```", "```\nb\n```", "code block: only Korean '\\na\\n' (line 5)"),
        ("[층](a.md#b)", "[layer](a.md)", "link: only Korean 'a.md#b' (line 5)"),
        ("**둘** 다", "Both", "bold: only Korean '**' (line 5)"),
        ("- 하나\n- 둘", "- one", "structure: only Korean '<li>' (line 6)"),
        ("1. 하나", "- one", "structure: only Korean '<ol>' (line 5)"),
        ("가|나\n-|-\n1|2", "a|b\n-|-", "structure: only Korean '<tbody>' (line 7)"),
        ("네", "<details>\n\nYes", "structure: only English '<details>' (line 9)"),
        ("줄\n또 줄", "A line", "structure: only Korean 'line' (line 6)"),
        ("하나.", "One. Two. Three.", "sentences: 1 in Korean, 3 in English"),
        ("아주 작습니다.", "It is small. It comes close to zero.",
         "sentences: one seems to be missing in Korean (lines 5 and 9)"),
        ("아주 작습니다. 끝에서는 영에 가까워집니다.", "It is small.",
         "sentences: one seems to be missing in English (lines 5 and 9)"),
        ("Kears로 훈련합니다.", "We train with Keras.", "name: only Korean 'Kears'"),
        ("훈련합니다.", "We use train_input.", "name: only English 'train_input'"),
        ("- `a`\n- `b`", "- `b`\n- `a`", "code: only Korean 'a' (line 5)"),
        ("|가|\n|-|\n|글|", "|a|\n|-|\n||", "sentences: one seems to be missing in E"),
    ],
)  # fmt: skip
def test_different(korean, english, expected):
    assert any(found.startswith(expected) for found in differences(korean, english))


def test_confirmation_ends_with_the_next_edit():
    """And it says below which anchor the cells are."""

    def keys(english: str) -> list[str]:
        texts = (
            '<a id="here"></a>\n## 제목',
            '<a id="here"></a>\n## Title',
            "글",
            english,
        )
        cells = [
            Cell("markdown", lang, text, {}, 1)
            for lang, text in zip(("ko", "en") * 2, texts, strict=True)
        ]
        return [key for key, _, _ in parity.keys(Page(Path("page.md"), {}, cells))]

    assert [key.split()[0] for key in keys("Text")] == ["here", "here"]
    assert keys("Text")[0] == keys("Texts")[0]
    assert keys("Text")[1] != keys("Texts")[1]
