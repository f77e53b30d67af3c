# What developers run; `just` lists it.

default:
    @just --list

# Everything that .ci/run checks, without building the wheel.
check: lint test

lint:
    uv run ruff check
    uv run ruff format --check
    uv run mypy
    uv run lint-imports
    uv run cog --check docs/reference/commands.md docs/reference/json.md docs/reference/sdk.md docs/reference/task-toml.md

test *arguments:
    uv run pytest -n auto {{arguments}}

# Prove labs in the sandbox: all of them, or those that are named.
prove *labs:
    uv run labs test {{labs}}

# Measure how many small mistakes in a check its lab's scripts notice; for all labs, write docs/mutation.md.
mutate *labs:
    uv run python -m tools.mutate {{labs}}

# Run moto's own tests (its unpacked source distribution) against the sandbox, and write docs/moto-differences.md.
moto tests *services:
    uv run --with freezegun,parameterized,pytest-order,mock python -m tools.moto_tests {{tests}} {{services}}

# Write the reference pages of docs/ from the code again.
reference:
    uv run cog -r docs/reference/*.md
    uv run python -c "from tools.reference import write_task_schema; write_task_schema()"

# Draw the pictures of README and docs/ from real runs.
pictures:
    uv run python -m tools.pictures
    uv run python -m tools.web_pictures

# Build the documentation site into dist/site; every warning is an error.
docs:
    uv run --group docs mkdocs build -q --strict -d dist/site

# Print the figures, as ratios against a baseline in the same run.
bench:
    uv run python -m bench

# A short set of tests on the lowest versions that pyproject.toml allows.
lowest:
    .ci/versions lowest

# The same set on the newest versions, the pins of moto and typer lifted: tells when they can go.
newest:
    .ci/versions newest

# Build the sdist and the wheel into dist/.
build:
    uv build

# List all that is installed with cardlabs, in CycloneDX, into dist/.
sbom:
    uv export -q --preview-features sbom-export --format cyclonedx1.5 --no-dev --all-extras --locked -o dist/cardlabs.cdx.json

# Ask PyPI's advisories about all of it.
audit:
    uv export -q --no-dev --all-extras --locked --no-emit-project -o dist/requirements.txt
    uvx pip-audit --require-hashes --disable-pip -r dist/requirements.txt
    rm dist/requirements.txt
