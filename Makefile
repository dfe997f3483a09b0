# Everything a person runs. `make` alone lists it. Needs Python 3.11-3.13 and nothing
# else; the first `make book` or `make test` installs requirements.lock into .venv.

PORT ?= 8000
export PYTHONUTF8 = 1

IN_VENV = .venv/bin/python
INSTALLED = .venv/installed

help: ## list these commands
	@echo 'Layer by Layer · 한 층씩'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

book: $(INSTALLED) ## build the whole site into _build/site
	@$(IN_VENV) -m tools.site

test: $(INSTALLED) ## check everything that must hold
	@$(IN_VENV) -m pytest

test-order: $(INSTALLED) ## stop at every cell and run all again, as readers do (hours; CH=02)
	@$(IN_VENV) -m pytest tests/test_execution.py -k 'run_again$(if $(CH), and $(CH))' --every-cell

test-versions: $(INSTALLED) ## run the chapters on other versions (SET=colab, lowest or newest; CH=02)
	@$(IN_VENV) -m tools.versions $(if $(FORCE),--force) $(or $(SET),colab lowest newest) --chapters $(CH)

test-machines: $(INSTALLED) ## run the chapters as on other processors, list what the text gets wrong there (CH=02)
	@$(IN_VENV) -m tools.machines $(if $(FORCE),--force) $(CH)

test-backends: $(INSTALLED) ## run the chapters with Keras on TensorFlow, JAX and PyTorch (SET=jax; CH=04)
	@$(IN_VENV) -m tools.versions $(if $(FORCE),--force) $(or $(SET),tensorflow jax torch) --chapters $(CH)

test-mutations: $(INSTALLED) ## plant faults one by one, list which tests catch them (ONLY='a link')
	@$(IN_VENV) -m tests.mutations $(if $(ONLY),--only '$(ONLY)') $(if $(FROM),--from '$(FROM)')

pdf: book ## print the book: a PDF per language into _build/site (needs Chromium or Chrome)
	@$(IN_VENV) -m tools.pdf

serve: $(INSTALLED) ## build the site and show it at http://localhost:8000 (PORT=8001)
	@$(IN_VENV) -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null \
	|| { echo 'error: port $(PORT) is taken: choose another, e.g. make serve PORT=8001.' >&2; exit 1; }
	@$(IN_VENV) -m tools.site
	@echo 'Open http://localhost:$(PORT) and press Ctrl-C here to stop.'
	@$(IN_VENV) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/site

weight: $(INSTALLED) ## list how many KB and requests each page of the site takes
	@$(IN_VENV) -m tools.weight

notebooks: $(INSTALLED) ## execute chapters whose code changed (CH=02 only that one, FORCE=1 always)
	@$(IN_VENV) -m tools.execute $(if $(FORCE),--force) $(CH)

assignments: $(INSTALLED) ## derive assignments for students and instructors (CH=04)
	@$(IN_VENV) -m tools.assignments $(CH)

export: $(INSTALLED) ## write assignments for nbgrader or Otter (TO=otter, CH=04, HIDDEN=folder, PROVE=1)
	@$(IN_VENV) -m tools.export $(if $(HIDDEN),--hidden '$(HIDDEN)') $(if $(PROVE),--prove) -- $(or $(TO),nbgrader) $(CH)

grade: $(INSTALLED) ## grade submissions (SUBMISSIONS=folder CHAPTER=04 HIDDEN=folder; more in grading/grade.py)
	@$(IN_VENV) -m grading.grade $(foreach name,SUBMISSIONS CHAPTER HIDDEN OUT JOBS TIMEOUT \
	DUE TIMES ROSTER SCHEDULER UNSAFE,$(if $($(name)),$(name)='$($(name))'))

hidden: $(INSTALLED) ## make inputs for grading that students do not know (HIDDEN=folder)
	@$(IN_VENV) -m grading.hidden '$(HIDDEN)'

clean: ## remove what was built and cached
	rm -rf .pytest_cache .ruff_cache
	[ ! -d _build ] || find _build -mindepth 1 -maxdepth 1 ! -name grades -exec rm -rf {} +
	[ ! -d _build ] || find _build -maxdepth 0 -empty -delete
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +
	@echo 'Kept: notebooks/ (committed), _build/grades and .venv (delete it to install anew).'

# Touched last, so that an interrupted installation does not count. A .venv whose Python
# has gone (an upgrade of the system) is made anew.
$(INSTALLED): requirements.lock $(if $(wildcard .venv),$(shell $(IN_VENV) -c '' 2>/dev/null || echo broken))
	@PYTHON='$(PYTHON)' sh tools/install.sh

.PHONY: help book test test-order test-versions test-machines test-backends test-mutations pdf serve weight notebooks assignments export grade hidden clean broken
