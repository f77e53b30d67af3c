# What developers run; `just` lists it.

default:
    @just --list

# Everything that .ci/run checks, without building the wheel.
check: lint test

lint:
    uv run ruff check
    uv run ruff format --check
    uv run mypy
    uv run pyright
    uv run lint-imports
    uv run cog --check README.md

test *arguments:
    uv run pytest -n auto {{arguments}}

# Prove labs in the sandbox: all of them, or those that are named.
prove *labs:
    uv run labs test {{labs}}

# Write the command's own words into the README again.
readme:
    uv run cog -r README.md

# Print the figures, as ratios against a baseline in the same run.
bench:
    uv run python -m bench
