//! The store by itself: what is written is there, and what is damaged is said.

use std::os::unix::fs::FileExt;
use std::path::Path;

use aqueduct_services::{Change, Record};

use super::records::Look;
use super::*;

fn change(key: &str, value: Option<&str>) -> Change {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Change { table: "sqs/messages", key: bytes(key), value: value.map(bytes) }
}

fn opening(repair: bool) -> Opening {
    Opening { repair, ..Opening::default() }
}

fn open(path: &Path) -> Result<Data, DataError> {
    Data::open(path, &opening(false))
}

/// What a look finds.
fn look(data: &Data) -> (Vec<(String, String)>, Look) {
    let mut found = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let look = data.records.read(|record: &Record| {
        found.push((text(&record.key), text(&record.value)));
        Ok(())
    });
    (found, look.unwrap())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A folder with three records, each of a transaction of its own.
fn three() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut data = open(folder.path()).unwrap();
    for key in ["a", "b", "c"] {
        data.records.write(&[change(key, Some(&format!("value of {key}")))]).unwrap();
    }
    folder
}

fn said(result: Result<Data, DataError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn changes_are_there_at_the_next_start() {
    let folder = three();
    let mut data = open(folder.path()).unwrap();
    data.records.write(&[change("b", None), change("c", Some("other")), change("d", Some("new"))]).unwrap();
    drop(data);
    let (found, look) = look(&open(folder.path()).unwrap());
    assert_eq!(found, pairs(&[("a", "value of a"), ("c", "other"), ("d", "new")]));
    assert_eq!(look.damage, []);
}

#[test]
fn a_record_that_was_changed_is_named_and_dropped_when_told_so() {
    let folder = three();
    let connection = rusqlite::Connection::open(folder.path().join("cloud.sqlite")).unwrap();
    connection.execute("UPDATE record SET value = x'00' WHERE key = x'62'", []).unwrap();
    drop(connection);
    let mut data = open(folder.path()).unwrap();
    let (found, damaged) = look(&data);
    assert_eq!(found, pairs(&[("a", "value of a"), ("c", "value of c")]));
    let [damage] = &damaged.damage[..] else { panic!("{:?}", damaged.damage) };
    assert_eq!(damage.to_string(), "a record of the table sqs/messages with the key b is not what was written");
    data.records.drop_bad(&damaged.bad).unwrap();
    assert_eq!(look(&data).1.damage, []);
}

#[test]
fn a_missing_end_is_noticed() {
    let folder = three();
    let file = std::fs::read(folder.path().join("cloud.sqlite")).unwrap();
    let mut data = open(folder.path()).unwrap();
    for key in ["d", "e"] {
        data.records.write(&[change(key, Some("later"))]).unwrap();
    }
    drop(data);
    // The file of an earlier time, as a disk may have it after a power loss.
    std::fs::write(folder.path().join("cloud.sqlite"), file).unwrap();
    let mut data = open(folder.path()).unwrap();
    let (found, damaged) = look(&data);
    assert_eq!(found.len(), 3);
    assert_eq!(damaged.damage, [Damage::Tail { acknowledged: 5, found: 3 }]);
    data.records.drop_bad(&damaged.bad).unwrap();
    assert_eq!(look(&data).1.damage, [], "a repair is final");
}

#[test]
fn a_tail_that_was_cut_or_overwritten_is_noticed() {
    for spoil in [cut as fn(&Path), overwrite] {
        let folder = three();
        let data = open(folder.path()).unwrap();
        let mut records = data.records;
        for key in 0..50 {
            records.write(&[change(&key.to_string(), Some("in the log"))]).unwrap();
        }
        // As after kill -9: the log was not carried over into the file.
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        let whole = open(copy.path()).unwrap();
        assert_eq!(look(&whole).0.len(), 53);
        assert_eq!(look(&whole).1.damage, []);
        drop(whole);
        for name in ["cloud.sqlite", "cloud.sqlite-wal"] {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        spoil(&copy.path().join("cloud.sqlite-wal"));
        let spoilt = open(copy.path()).unwrap();
        let (found, damaged) = look(&spoilt);
        let [Damage::Tail { acknowledged: 53, found: transactions }] = damaged.damage[..] else {
            panic!("{:?}", damaged.damage)
        };
        assert_eq!(found.len() as u64, transactions);
    }
}

fn cut(log: &Path) {
    let file = std::fs::File::options().write(true).open(log).unwrap();
    file.set_len(file.metadata().unwrap().len() - 5_000).unwrap();
}

fn overwrite(log: &Path) {
    let file = std::fs::File::options().write(true).open(log).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    file.write_all_at(&[0xA5; 64], middle).unwrap();
}

#[test]
fn a_broken_file_is_refused_and_salvaged_when_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut data = open(folder.path()).unwrap();
    let changes: Vec<Change> = (0..2_000).map(|key| change(&format!("{key:04}"), Some(&"x".repeat(300)))).collect();
    data.records.write(&changes).unwrap();
    drop(data);
    let path = folder.path().join("cloud.sqlite");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0xA5; 4096], file.metadata().unwrap().len() / 8192 * 4096).unwrap();
    assert!(said(open(folder.path())).contains("broken"));
    let data = Data::open(folder.path(), &opening(true)).unwrap();
    let (found, damaged) = look(&data);
    assert_eq!(damaged.damage, []);
    assert!((1_800..2_000).contains(&found.len()), "{} records", found.len());
    let aside = data.repairs.set_aside.clone().unwrap();
    assert!(aside.exists() && matches!(data.repairs.damage[..], [Damage::Structure(_)]), "{:?}", data.repairs);
    drop(data);
    open(folder.path()).unwrap();
}

#[test]
fn what_is_no_store_at_all_is_refused() {
    let folder = three();
    std::fs::write(folder.path().join("cloud.sqlite"), "dear diary, ".repeat(1_000)).unwrap();
    let error = said(open(folder.path()));
    assert!(error.contains("not a database"), "{error}");
}

#[tokio::test]
async fn the_journal_says_what_it_has_written_and_frees_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let Data { folder: held, records, .. } = open(folder.path()).unwrap();
    let (mut journal, mut written) = Journal::start(records).unwrap();
    for burst in 0..3 {
        assert!(!journal.is_writing());
        journal.write(vec![change(&burst.to_string(), Some("x"))]);
        assert!(journal.is_writing());
        written.recv().await.unwrap().unwrap();
        journal.written();
    }
    drop((journal, held));
    assert_eq!(look(&open(folder.path()).unwrap()).0.len(), 3);
}
