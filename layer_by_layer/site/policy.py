"""What pages of the site may load and run: files of their own site, nothing else.

GitHub Pages sends no headers of ours, so that each page has its Content-Security-Policy
in a meta tag. Neither a script, a style nor a handler written into a page has an effect
there: they belong into files.
"""

import re
from pathlib import Path

# A page of a server can never load a reader's files. Files unpacked from the zip load
# others, and say so, because it is disputed what 'self' means there.
OWN = "'self' file:"
DIRECTIVES = {
    "default-src": OWN,  # with 'none', Firefox would not fetch the next page ahead
    "script-src": f"{OWN} 'wasm-unsafe-eval'",  # Pagefind searches with WebAssembly
    "img-src": f"{OWN} data:",  # icons in styles
    "object-src": "'none'",
    "base-uri": "'self'",  # 404.html
    "form-action": OWN,  # to the search page
}
POLICY = "; ".join(map(" ".join, DIRECTIVES.items()))
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
HEAD = re.compile(r"<head\b[^>]*>")


def declare(site: Path) -> None:
    """Give every page of a site the policy, before anything that it may load."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(HEAD.sub(rf"\g<0>\n{META}", text, count=1), "utf-8")
