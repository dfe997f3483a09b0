# Everything a person runs. `make` alone lists it. Needs Python 3.11-3.13 and nothing
# else; the first `make book` or `make test` installs requirements.lock into .venv.

PORT ?= 8000
export PYTHONUTF8 = 1

IN_VENV = .venv/bin/python
RUN = $(IN_VENV) -m layer_by_layer
INSTALLED = .venv/installed

help: ## list these commands
	@echo 'Layer by Layer · 한 층씩'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

book: $(INSTALLED) ## build the whole site into _build/site
	@$(RUN) book

test: $(INSTALLED) ## check what a change is likely to break (FULL=1: everything)
	@$(IN_VENV) -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder \
	$(if $(filter 1,$(FULL)),--full)

test-order: $(INSTALLED) ## stop at every cell and run all again, as readers do (hours; CH=02)
	@$(IN_VENV) -m pytest tests/run/test_run_again.py -k 'cells$(if $(CH), and $(CH))' --every-cell

test-versions: $(INSTALLED) ## run the chapters on other versions (SET=colab, lowest or newest; CH=02)
	@$(RUN) versions $(if $(FORCE),--force) $(or $(SET),colab lowest newest) --chapters $(CH)

test-machines: $(INSTALLED) ## run the chapters as on other processors, list what the text gets wrong there (CH=02)
	@$(RUN) machines $(if $(FORCE),--force) $(CH)

test-backends: $(INSTALLED) ## run the chapters with Keras on TensorFlow, JAX and PyTorch (SET=jax; CH=04)
	@$(RUN) versions $(if $(FORCE),--force) $(or $(SET),tensorflow jax torch) --chapters $(CH)

test-mutations: $(INSTALLED) ## plant faults one by one, list which tests catch them (ONLY='a link')
	@$(IN_VENV) -m tests.mutations $(if $(ONLY),--only '$(ONLY)') $(if $(FROM),--from '$(FROM)')

pdf: book ## print the book: a PDF per language into _build/site (needs Chromium or Chrome)
	@$(RUN) pdf

serve: $(INSTALLED) ## show the site at http://localhost:8000 (PORT=8001), built anew when you save
	@$(RUN) serve --port $(PORT)

bench: $(INSTALLED) ## measure how long builds take
	@$(RUN) bench

weight: $(INSTALLED) ## list how many KB and requests each page of the site takes
	@$(RUN) weight

notebooks: $(INSTALLED) ## execute chapters whose code changed (CH=02 only that one, FORCE=1 always)
	@$(RUN) notebooks $(if $(FORCE),--force) $(CH)

assignments: $(INSTALLED) ## derive assignments for students and instructors (CH=04)
	@$(RUN) assignments $(CH)

export: $(INSTALLED) ## write assignments for nbgrader or Otter (TO=otter, CH=04, HIDDEN=folder, PROVE=1)
	@$(RUN) export $(if $(HIDDEN),--hidden '$(HIDDEN)') $(if $(PROVE),--prove) -- $(or $(TO),nbgrader) $(CH)

grade: $(INSTALLED) ## grade submissions (SUBMISSIONS=folder CHAPTER=04 HIDDEN=folder; all: layer_by_layer grade --help)
	@$(RUN) grade $(if $(SUBMISSIONS),'$(SUBMISSIONS)') $(if $(CHAPTER),--chapter='$(CHAPTER)') \
	$(if $(HIDDEN),--hidden='$(HIDDEN)') $(if $(OUT),--out='$(OUT)') $(if $(JOBS),--jobs='$(JOBS)') \
	$(if $(TIMEOUT),--timeout='$(TIMEOUT)') $(if $(DUE),--due='$(DUE)') $(if $(TIMES),--times='$(TIMES)') \
	$(if $(ROSTER),--roster='$(ROSTER)') $(if $(SCHEDULER),--scheduler='$(SCHEDULER)') \
	$(if $(filter 1,$(UNSAFE)),--unsafe)

hidden: $(INSTALLED) ## make inputs for grading that students do not know (HIDDEN=folder)
	@$(RUN) hidden '$(HIDDEN)'

clean: ## remove what was built and cached
	rm -rf .pytest_cache .ruff_cache
	[ ! -d _build ] || find _build -mindepth 1 -maxdepth 1 ! -name grades -exec rm -rf {} +
	[ ! -d _build ] || find _build -maxdepth 0 -empty -delete
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +
	@echo 'Kept: notebooks/ (committed), _build/grades and .venv (delete it to install anew).'

# Touched last, so that an interrupted installation does not count. A .venv whose Python
# has gone (an upgrade of the system) is made anew.
$(INSTALLED): requirements.lock $(if $(wildcard .venv),$(shell $(IN_VENV) -c '' 2>/dev/null || echo broken))
	@PYTHON='$(PYTHON)' sh layer_by_layer/install.sh

.PHONY: help book test test-order test-versions test-machines test-backends test-mutations pdf serve bench weight notebooks assignments export grade hidden clean broken
