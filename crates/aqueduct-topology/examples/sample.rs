//! Prints a template of so many resources, to measure with: `cargo run -p aqueduct-topology --example sample -- 500`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let resources = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(500);
    std::io::stdout().write_all(aqueduct_topology::sample::template(resources).as_bytes())
}
