"""What search engines and link previews learn about the site.

Descriptions come from the first paragraph of each page, titles and order from the
book, and every absolute address from `repository.url` in `_config.yml`.
"""

import json
import re
import textwrap
from pathlib import Path

from docutils import nodes
from jinja2 import Environment, StrictUndefined

from layer_by_layer.course import Addresses, Course
from layer_by_layer.words import words_of

LONGEST = 160  # characters of a description that search engines show
SENTENCE_END = re.compile(r"(?<=[.?!]) ")
LANGUAGE, FRONT = words_of("language"), words_of("front")
LOCALES = {lang: said["locale"] for lang, said in LANGUAGE.items()}
PICTURE = "social-{}.png"  # per language, made by layer_by_layer/site/preview.py
PICTURE_SIZE = (1200, 630)  # pixels

SITEMAP = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:xhtml="http://www.w3.org/1999/xhtml">
{}
</urlset>
"""
ENTRY = "  <url>\n    <loc>{}</loc>\n{}\n  </url>"
ALTERNATE = '    <xhtml:link rel="alternate" hreflang="{}" href="{}"/>'
ROBOTS = "User-agent: *\nAllow: /\n\nSitemap: {}/sitemap.xml\n"


def description(text: str) -> str:
    """The first sentences of a text, as many as fit; a longer one is cut at a word."""
    first, *others = SENTENCE_END.split(" ".join(text.split()))
    fitting = textwrap.shorten(first, LONGEST, placeholder=" …")
    for sentence in others:
        if len(f"{fitting} {sentence}") > LONGEST:
            break
        fitting = f"{fitting} {sentence}"
    return fitting


def opening(page: nodes.document) -> str:
    """What a page says first, without markup."""
    paragraph = page.next_node(nodes.paragraph)
    return paragraph.astext() if paragraph else ""


def for_head(to: Addresses, lang: str, name: str, page: nodes.document | None) -> dict:
    """What book/_templates/metadata.html needs; a page of the theme has no text."""
    width, height = PICTURE_SIZE
    return {
        "twins": to.twins(name),
        "description": description(opening(page)) if page else None,
        "locales": [LOCALES[lang], *(LOCALES[it] for it in to.languages if it != lang)],
        "picture": f"{to.site}/{PICTURE.format(lang)}",
        "picture_width": width,
        "picture_height": height,
    }


def structured_data(
    address: str, lang: str, title: str, text: str, course: dict[str, str] | None
) -> str:
    """The same for machines, as JSON-LD: the course, or one page of it, by address.

    `course` holds name and address of the course; None for the course itself.
    """
    data = {
        "@context": "https://schema.org",
        "@type": "LearningResource" if course else "Course",
        "name": title,
        "description": text,
        "url": address,
        "inLanguage": lang,
        "isAccessibleForFree": True,
    }
    if course:
        data["isPartOf"] = {"@type": "Course", **course}
    return json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")


def write_site_files(course: Course, site: Path) -> None:
    """Write `sitemap.xml` and `robots.txt`, and complete pages outside the books.

    Those are templates, `book/_root/*.html`: they speak all languages at once.
    """
    to, made = course.addresses, Environment(undefined=StrictUndefined, autoescape=True)
    for page in site.glob("*.html"):
        text = made.from_string(page.read_text("utf-8")).render(
            site=to.site,
            titles={lang: course.title(lang) for lang in course.languages},
            words={lang: FRONT[lang] for lang in course.languages},
            locales=[LOCALES[lang] for lang in course.languages],
            twins=to.twins("index"),
        )
        page.write_text(f"{text}\n", "utf-8")
    (site / "sitemap.xml").write_text(sitemap(to, course.page_names), "utf-8")
    (site / "robots.txt").write_text(ROBOTS.format(to.site), "utf-8")


def sitemap(to: Addresses, pages: list[str]) -> str:
    """The front page and every page in every language, each with its twins."""
    front = to.twins(pages[0])
    entries = [ENTRY.format(front["x-default"], alternates(front))]
    for name in pages:
        same = to.twins(name)
        entries += [ENTRY.format(same[it], alternates(same)) for it in to.languages]
    return SITEMAP.format("\n".join(entries))


def alternates(same: dict[str, str]) -> str:
    return "\n".join(ALTERNATE.format(*each) for each in same.items())
