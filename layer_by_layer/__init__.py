"""Layer by Layer: what makes the notebooks, the site and the assignments of `book/`."""

import sys

# jsonschema, which nbformat imports, would compile a grammar of addresses that no
# notebook has: seconds at the start of every command.
sys.modules.setdefault("rfc3987_syntax", None)
