"""Everything that a person runs: python -m layer_by_layer COMMAND [--help]."""

import sys
from importlib import import_module

from layer_by_layer.command import run_tool

COMMANDS = {  # by name: the module, and what it does
    "book": ("site.build", "build the whole site into _build/site"),
    "serve": (
        "site.serve",
        "build the site, show it, build it again when you save",
    ),
    "pdf": ("site.pdf", "print the book: a PDF per language"),
    "weight": ("site.weight", "list how many KB and requests each page takes"),
    "preview": ("site.preview", "take the pictures for the README and link previews"),
    "figures": ("site.stills", "draw the still pictures of figures that move"),
    "bench": ("site.bench", "measure how long builds take"),
    "notebooks": ("run.execute", "execute chapters whose code changed"),
    "versions": ("run.versions", "run chapters on other versions or engines"),
    "machines": ("run.machines", "run chapters as other processors would"),
    "assignments": ("assign.notebooks", "derive assignments from their sources"),
    "export": ("grade.export", "write assignments for nbgrader or Otter"),
    "hidden": ("grade.hidden", "make inputs for grading that students do not know"),
    "grade": ("grade.grade", "grade submissions"),
}


def main() -> None:
    """Run the command that is named first. Only its module is loaded."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name not in COMMANDS:
        print(__doc__, end="\n\n")
        for command, (_, what) in COMMANDS.items():
            print(f"  {command:12} {what}")
        asked = name in ("--help", "-h")
        sys.exit(None if asked else f"\nerror: there is no command {name!r}.")
    module, _ = COMMANDS[name]
    run_tool(import_module(f"layer_by_layer.{module}").main, arguments)


if __name__ == "__main__":
    main()
