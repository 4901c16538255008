# `just check` is what CI runs.

check: fmt clippy test sdk schemas deny

# The README's test command.
test:
    cargo test

# Google's own clients against the served sandbox.
sdk:
    cargo test -p stackctl-sdk

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --all-targets -- -D warnings

# The schemas in `schemas/` are what the program prints.
schemas:
    cargo run --quiet -- schema stack | diff -u schemas/stack.schema.json -
    cargo run --quiet -- schema plan | diff -u schemas/plan.schema.json -
    cargo run --quiet -- schema event | diff -u schemas/event.schema.json -

# Writes them anew.
schemas-write:
    cargo run --quiet -- schema stack > schemas/stack.schema.json
    cargo run --quiet -- schema plan > schemas/plan.schema.json
    cargo run --quiet -- schema event > schemas/event.schema.json

deny:
    cargo deny check bans licenses sources
    -cargo deny check advisories

bench:
    cargo bench
