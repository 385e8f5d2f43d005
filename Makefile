# Everything goes through scripts/dev.py, which needs nothing but Python 3.11 or newer.
PYTHON ?= python3

.PHONY: help run test lint bench
help:
	@echo "make run    start the desk on this machine (PORT, DATA_DIR)"
	@echo "make test   the whole test suite"
	@echo "make lint   static checks"
	@echo "make bench  benchmarks"

run test lint bench:
	@exec $(PYTHON) scripts/dev.py $@
