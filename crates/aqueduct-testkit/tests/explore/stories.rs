//! A seed gives one story, to the byte: twice in a process, and in every build.

use std::path::Path;
use std::sync::Mutex;

use aqueduct_testkit::explore::replay;
use sha2::{Digest as _, Sha256};

use crate::pipeline::pipeline;

/// The seeds whose stories are known.
const KNOWN: std::ops::Range<u64> = 0..12;

/// What a run of the pipeline did: its story, with faults and effects, and its journal.
fn story(seed: u64) -> String {
    let text: Mutex<String> = Mutex::default();
    let explored = replay(seed, |run| {
        let kept = pipeline(run);
        let journal = run.journal().entries().into_iter().map(|entry| format!("{entry}\n"));
        *text.lock().unwrap() = run.story().to_string() + &journal.collect::<String>();
        kept
    });
    explored.expect_kept();
    text.into_inner().unwrap()
}

/// A line for each story: its seed, how long it is, and a digest.
fn summary(stories: &[String]) -> String {
    let line = |(seed, story): (u64, &String)| {
        let digest = Sha256::digest(story);
        let digest = digest[..8].iter().fold(String::new(), |digest, byte| digest + &format!("{byte:02x}"));
        format!("{seed} {} {digest}\n", story.lines().count())
    };
    KNOWN.zip(stories).map(line).collect()
}

#[test]
fn a_seed_tells_the_same_story_to_the_byte() {
    for seed in [0, 7] {
        let (one, two) = (story(seed), story(seed));
        assert_eq!(one.lines().zip(two.lines()).find(|(one, two)| one != two), None);
        assert_eq!(one, two);
        assert!(["OrdersQueue: queued", " ! ", " * "].iter().all(|part| one.contains(part)), "{one}");
    }
}

/// The digests stand in a file, so that builds with other optimizations, and on other machines, tell the same stories. A change to what
/// the pipeline, the toolkit or the embedded cloud do changes them: `SNAPSHOTS=overwrite cargo test --workspace --all-features --test
/// explore stories` writes the file anew. The stories themselves are in `target/tmp/stories`, for a look at what became different.
#[test]
fn every_build_tells_the_same_stories() {
    let stories: Vec<String> = KNOWN.map(story).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stories");
    std::fs::create_dir_all(&folder).unwrap();
    for (seed, story) in KNOWN.zip(&stories) {
        std::fs::write(folder.join(format!("{seed}.txt")), story).unwrap();
    }
    snapbox::assert_data_eq!(summary(&stories), snapbox::file!["stories.txt"].raw());
}
