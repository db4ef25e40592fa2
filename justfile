# `just` lists what there is; `just fast` answers in two minutes.

# List the recipes.
default:
    @just --list

# Format, lint, unit tests, and the tests of the source itself: what to run before each commit.
fast:
    cargo fmt --check
    cargo clippy --workspace --locked --lib --bins -- -D warnings
    cargo test --workspace --locked --lib --test layers

# Every test.
test:
    cargo test --workspace --locked

# One binary of tests, such as `just only attacks policy::`.
only binary *filter:
    cargo test --locked --test {{binary}} {{filter}}

# Licenses, sources, duplicates and advisories of the dependencies, against the whole database. Needs cargo-deny and the network.
deny:
    cargo deny --locked check

# Bring the copy of the advisories that CI uses without a network up to date.
advisories:
    .ci/advisories/update

# Every crate as it would be published.
package:
    cargo package --workspace --exclude countersign-testkit --locked --no-verify

# Everything that CI runs. Installs what it needs.
ci:
    .ci/run

# Regenerate the generated pages and schemas.
pages:
    COUNTERSIGN_WRITE_DOCS=1 cargo test --workspace --locked --lib page_is_current
    UPDATE_SCHEMAS=1 cargo test --workspace --locked --lib checked_in_schemas

# Search an hour for an addition that raises something.
additions:
    COUNTERSIGN_ADDITIONS=3600 cargo test --release --locked --test properties additions

# The benchmark against the stock tools, as it is published.
bench:
    cargo bench --locked --profile dist --bench compare

# Fuzz every decoder for ten minutes.
fuzz:
    fuzz/run
