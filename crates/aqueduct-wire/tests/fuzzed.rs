//! The fuzz targets on mutated seeds and on raw bytes, and on what they once fell over. `fuzz/README.md` says how to run them
//! for longer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are in other crates")]
mod bodies;

use std::path::Path;

use proptest::prelude::*;

/// What leads deep into readers.
const PIECES: [&[u8]; 30] = [
    b"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b":",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"\xe2\x82",
    b"-1",
    b"1e309",
    b"99999999999999999999",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"*",
    b"$",
    b"$or",
    b"%",
    b"&",
    b"=",
    b"<",
    b".",
    b"  ",
];

/// The files of a folder under `fuzz/`.
fn files(kind: &str, target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(target);
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A place in thousandths of the length, a length, and what is put there.
type Change = (usize, usize, &'static [u8]);

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    changes.iter().fold(seed.to_vec(), |mut data, (place, length, piece)| {
        let start = data.len() * place / 1000;
        let end = data.len().min(start + length);
        data.splice(start..end, piece.iter().copied());
        data
    })
}

fn run(target: &str, body: fn(&[u8])) {
    for regression in files("regressions", target) {
        body(&regression);
    }
    let seeds = files("seeds", target);
    assert!(!seeds.is_empty(), "no seeds for {target}");
    for seed in &seeds {
        body(seed);
    }
    let changes = prop::collection::vec((0..1000_usize, 0..12_usize, prop::sample::select(PIECES.to_vec())), 1..6);
    let input = prop_oneof![
        6 => (prop::sample::select(seeds), changes).prop_map(|(seed, changes)| changed(&seed, &changes)),
        1 => prop::collection::vec(any::<u8>(), 0..256),
    ];
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(data in input)| body(&data));
}

macro_rules! targets {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            run(stringify!($name), bodies::$name);
        }
    )* };
}

targets! { wire cloud pattern contracts policy template plan schedule lambda_event transform attributes }
