#!/bin/sh
# Writes requirements/{run,dev,checks}.txt from pyproject.toml: every version pinned by hash, no host inside.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
        pyproject.toml "$@"
}
compile -o requirements/run.txt
compile --group dev -c requirements/run.txt -o requirements/dev.txt
compile --group dev --group checks -c requirements/dev.txt -o requirements/checks.txt
