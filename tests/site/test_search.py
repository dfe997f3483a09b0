"""Learners find what they look for: in their language, as they would type it."""

from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from layer_by_layer.course import LANGUAGES, CourseError
from layer_by_layer.site import search
from tests.tabs import SIZES, open_tab

FIRST = 4  # a page among these is found
# What a learner types, and where it is explained: a page, or a section of it.
QUERIES = {
    "ko": {
        "은닉층": "04-hidden-layers",
        "은닉층을": "04-hidden-layers",
        "은닉층은": "04-hidden-layers",
        "은닉층에서": "04-hidden-layers",
        "은닉층에서는": "04-hidden-layers",
        "은닉층처럼": "04-hidden-layers",
        "은닉층이란": "04-hidden-layers",
        "은닉층이 뭐예요?": "04-hidden-layers",
        "학습률": "07-optimizers#learning-rate-sweep",
        "학습률이 너무 크면": "07-optimizers",
        "학습": "07-optimizers",
        "모델": "06-flatten-evaluate-predict",
        "모델만": "06-flatten-evaluate-predict",
        "모델 저장": "06-flatten-evaluate-predict#save-load",
        "모델을 저장하는 방법": "06-flatten-evaluate-predict",
        "손실 함수": "03-dense-softmax",
        "손실 함수와": "03-dense-softmax",
        "크로스 엔트로피": "03-dense-softmax",
        "옵티마이저": "07-optimizers",
        "옵티마이저마다": "07-optimizers",
        "소프트맥스": "03-dense-softmax",
        "소프트맥스에게": "03-dense-softmax",
        "과대적합": "glossary",
        "과대적합까지": "glossary",
        "Flatten": "06-flatten-evaluate-predict",
        "Flatten으로": "06-flatten-evaluate-predict",
        "SGDClassifier": "02-logistic-regression",
        "sgdclassifier를": "02-logistic-regression",
        "로지스틱 회귀란": "02-logistic-regression",
        "렐루": "05-relu",
        "기울기 소실은": "05-relu",
        "활성화 함수가": "04-hidden-layers",
        "파라미터 개수": "04-hidden-layers",
        "정확도": "01-fashion-mnist",
        "혼동 행렬": "glossary#term-confusion-matrix",
        "교차 검증": "02-logistic-regression",
        "배치 크기보다": "07-optimizers",
        "Adam": "07-optimizers",
        "ValueError": "01-fashion-mnist",
        "validation_split": "03-dense-softmax",
        "GPU": "start",
    },
    "en": {
        "hidden layer": "04-hidden-layers",
        "hidden layers": "04-hidden-layers",
        "what is a hidden layer": "04-hidden-layers",
        "learning rate": "07-optimizers#learning-rate-sweep",
        "learning rate too large": "07-optimizers",
        "optimizer": "07-optimizers",
        "optimizers": "07-optimizers",
        "momentum": "07-optimizers",
        "Adam": "07-optimizers",
        "gradient descent": "07-optimizers",
        "softmax": "03-dense-softmax",
        "cross-entropy": "03-dense-softmax",
        "loss function": "03-dense-softmax",
        "one-hot encoding": "03-dense-softmax",
        "overfitting": "glossary",
        "overfit": "glossary",
        "validation_split": "03-dense-softmax",
        "steps_per_execution": "03-dense-softmax",
        "Flatten": "06-flatten-evaluate-predict",
        "save model": "06-flatten-evaluate-predict#save-load",
        "how to save a model": "06-flatten-evaluate-predict",
        "model.predict": "06-flatten-evaluate-predict",
        "SGDClassifier": "02-logistic-regression",
        "logistic regression": "02-logistic-regression",
        "cross validation": "glossary#term-cross-validation",
        "confusion matrix": "02-logistic-regression",
        "standard error": "02-logistic-regression",
        "accuracy": "01-fashion-mnist",
        "sigmoid": "05-relu",
        "relu": "05-relu",
        "vanishing gradients": "05-relu",
        "dying relu": "05-relu",
        "activation function": "04-hidden-layers",
        "number of parameters": "04-hidden-layers",
        "batch size": "07-optimizers",
        "mini-batch": "glossary#term-mini-batch",
        "ValueError cannot reshape array": "01-fashion-mnist",
        "colab": "start",
        "GPU": "start",
    },
}
CASES = [(lang, query, page) for lang in LANGUAGES
         for query, page in QUERIES[lang].items()]  # fmt: skip
WITHOUT_PARTICLES = {
    "은닉층은": "은닉층", "은닉층에서는": "은닉층", "모델이나": "모델",
    "모델까지도": "모델", "학습률이란": "학습률", "손실 함수의": "손실 함수",
    "옵티마이저로": "옵티마이저", "소프트맥스와": "소프트맥스", "Dense를": "Dense",
    " 과적합을  막기 ": "과적합 막기", "평가": "평가", "결과": "결과",
    "정확도": "정확도", "정확도도": "정확도", "층을": "층을",
    "learning rate": "learning rate",
}  # fmt: skip
OPEN = "dialog.layer-search-dialog[open]"


@pytest.fixture(scope="module")
def tab(browser, address):
    with open_tab(browser, address) as (tab, _):
        yield tab


@pytest.fixture(scope="module")
def search_pages(browser, address):
    with open_tab(browser, address) as (ko, _), open_tab(browser, address) as (en, _):
        ko.goto(f"{address}/ko/search.html")
        en.goto(f"{address}/en/search.html")
        yield {"ko": ko, "en": en}


def results(tab, query: str) -> list[list[str]]:
    """For each page found: its address, then those of its sections."""
    tab.fill("[type=search]", "")
    tab.locator(".layer-search li").first.wait_for(state="detached")
    tab.fill("[type=search]", query)
    tab.wait_for_selector(".layer-search li")
    return tab.locator(".layer-search-results > li").evaluate_all(
        "(pages) => pages.map((page) => [...page.querySelectorAll('a')]"
        ".map((link) => link.href))"
    )


@pytest.mark.parametrize(("lang", "query", "page"), CASES)
def test_finds(search_pages, address, site, lang, query, page):
    found = results(search_pages[lang], query)
    name, _, section = page.partition("#")
    first = [link for links in found[:FIRST] for link in links]
    wanted = f"{address}/{lang}/{name}.html" + (section and f"#{section}")
    assert wanted in first, first
    assert all(link.startswith(f"{address}/{lang}/") for link in first)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sections_found_exist(search_pages, site, lang):
    links = [link for page in results(search_pages[lang], "Keras") for link in page]
    sections = [urlsplit(link) for link in links if "#" in link]
    assert len(sections) > 5
    for section in sections:
        path = site / lang / section.path.rpartition("/")[2]
        assert f'id="{unquote(section.fragment)}"' in path.read_text("utf-8")


@pytest.mark.parametrize(("lang", "query"), [("ko", "은닉층"), ("en", "learning rate")])
def test_excerpts_do_not_repeat_their_title(search_pages, lang, query):
    results(search_pages[lang], query)
    parts = search_pages[lang].locator(".layer-search-results li li").all()
    texts = [part.locator("> *").all_inner_texts() for part in parts]
    assert len(texts) > 5
    assert [text for title, text in texts if text.startswith(title)] == []


@pytest.mark.parametrize(("typed", "searched"), WITHOUT_PARTICLES.items())
def test_particles_are_left_out(search_pages, typed, searched):
    assert search_pages["ko"].evaluate("withoutParticles", typed) == searched


@pytest.mark.parametrize("lang", LANGUAGES)
def test_result_is_announced(search_pages, lang):
    tab = search_pages[lang]
    pages = results(tab, "softmax" if lang == "en" else "소프트맥스")
    status = tab.locator(".layer-search [role=status]")
    assert str(len(pages)) in status.inner_text()
    tab.fill("[type=search]", "qqqq")
    tab.locator(".layer-search li").first.wait_for(state="detached")
    assert "qqqq" in status.inner_text()


@pytest.mark.parametrize("key", ["Control+k", "Meta+k"])
def test_key_opens_and_escape_closes(tab, address, key):
    tab.goto(f"{address}/ko/start.html")
    tab.focus(".layer-switch")
    tab.keyboard.press(key)
    assert tab.locator(f"{OPEN} input").evaluate("it => it === document.activeElement")
    tab.keyboard.type("모델")
    tab.wait_for_selector(f"{OPEN} li")
    tab.keyboard.press("Escape")
    assert tab.locator(OPEN).count() == 0
    assert tab.evaluate("document.activeElement.className").endswith("layer-switch")


@pytest.mark.parametrize(
    ("size", "button"),
    [("phone", ".article-header-buttons .search-button"),
     ("desktop", ".bd-sidebar-primary .search-button-field")],
)  # fmt: skip
def test_button_opens_and_has_focus_again(tab, address, size, button):
    tab.set_viewport_size(SIZES[size])
    tab.goto(f"{address}/en/start.html")
    tab.click(button)
    tab.click(f"{OPEN} .layer-search-close")
    assert tab.locator(OPEN).count() == 0
    assert tab.locator(button).evaluate("it => it === document.activeElement")


def test_arrows_walk_and_enter_opens(tab, address):
    tab.goto(f"{address}/ko/start.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("은닉층을")
    links = tab.locator(f"{OPEN} li a")
    links.first.wait_for()
    focused = [tab.evaluate("document.activeElement.href")]
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"):
        tab.keyboard.press(key)
        focused.append(tab.evaluate("document.activeElement.href"))
    first, second = (links.nth(n).evaluate("link => link.href") for n in (0, 1))
    assert focused == [None, first, second, first, None, first]
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{address}/ko/glossary.html")


def test_enter_in_the_field_leads_to_the_search_page(tab, address):
    tab.goto(f"{address}/ko/start.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("손실 함수")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{address}/ko/search.html?q=*")
    assert tab.input_value("[type=search]") == "손실 함수"
    tab.wait_for_selector(".layer-search li")


def test_a_section_of_the_same_page_is_shown(tab, address):
    tab.goto(f"{address}/ko/04-hidden-layers.html")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("은닉층은 무엇일까요")
    tab.click(f"{OPEN} li li a")
    assert tab.locator(OPEN).count() == 0
    assert "/ko/04-hidden-layers.html#" in tab.url


def test_is_loaded_only_when_used(browser, address):
    with open_tab(browser, address) as (tab, faults):
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(f"{address}/en/start.html", wait_until="networkidle")
        assert not any("pagefind/" in url for url in asked)
        tab.keyboard.press("Control+k")
        tab.keyboard.type("epoch")
        tab.wait_for_selector(f"{OPEN} li")
        assert any(url == f"{address}/pagefind/pagefind.js" for url in asked)
        assert faults == []


@pytest.mark.parametrize(("lang", "said"), [("ko", "웹 서버"), ("en", "web server")])
def test_says_that_files_cannot_be_searched(browser, site, lang, said):
    with open_tab(browser, site.as_uri()) as (tab, faults):
        tab.goto(f"{site.as_uri()}/{lang}/start.html")
        tab.keyboard.press("Control+k")
        tab.keyboard.type("epoch")
        tab.locator(f"{OPEN} [role=status]", has_text=said).wait_for()
        assert faults == []


@pytest.mark.parametrize(("lang", "said"), [("ko", "못했습니다"), ("en", "could not")])
def test_says_that_it_could_not_be_loaded(browser, address, lang, said):
    with open_tab(browser, address) as (tab, _):
        tab.route("**/pagefind.js", lambda route: route.abort())
        tab.goto(f"{address}/{lang}/search.html?q=epoch")
        tab.locator(".layer-search [role=status]", has_text=said).wait_for()
        tab.unroute("**/pagefind.js")
        tab.fill("[type=search]", "model")
        tab.wait_for_selector(".layer-search li")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_script_the_search_says_so(browser, address, lang):
    with open_tab(browser, address, java_script_enabled=False) as (tab, _):
        tab.goto(f"{address}/{lang}/search.html")
        assert tab.locator("noscript p").is_visible()
        assert tab.locator(".search-button").is_hidden()


def test_index_that_lacks_a_page_is_refused(tmp_path):
    page = "<article class='bd-article'><h1>Title</h1><p>Words.</p></article>"
    copies = tmp_path / "copies"
    for lang in LANGUAGES:
        (copies / lang).mkdir(parents=True)
        for name in ("one", "two"):
            (copies / lang / f"{name}.html").write_text(search.for_search(page, lang))
    search.make_searchable(tmp_path, LANGUAGES, 2, copies)
    empty = search.for_search("<p>No article.</p>", "ko")
    (copies / "ko" / "two.html").write_text(empty)
    with pytest.raises(CourseError, match="1 of 2 pages in 'ko'"):
        search.make_searchable(tmp_path, LANGUAGES, 2, copies)


def test_failure_of_pagefind_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(search.sys, "executable", "false")
    with pytest.raises(CourseError, match="Pagefind could not index"):
        search.make_searchable(tmp_path, LANGUAGES, 0, tmp_path)


def test_reads_what_people_wrote():
    page = """<article class="bd-article"><section class="anchored" id="top">
    <h1>Title<a class="headerlink" href="#top">#</a></h1><math>x</math>
    <div class="cell_output"><div class="output stream">Epoch 1/5</div>
    <div class="output stream">fit()\n    KeyError: 'acc'</div>
    <div class="output traceback">Traceback\n\nValueError: too large</div></div>
    </section><p id="term-x"><strong>term</strong> words</p></article>"""
    article = BeautifulSoup(search.for_search(page, "ko"), "html.parser")
    assert article.html["lang"] == "ko"
    assert article.find(id="top").name == "h1"
    assert article.find(id="term-x").name == "h3"
    words = "Title fit() KeyError: 'acc' ValueError: too large term words"
    assert " ".join(article.get_text(" ").split()) == words
