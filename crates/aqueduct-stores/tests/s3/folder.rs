//! What a folder keeps, and what a crash or somebody else can do to it.

use std::fs;
use std::path::{Path, PathBuf};

use aqueduct_stores::S3;
use http_body_util::BodyExt;

use crate::support::{ask, done, in_folder};

/// A bucket `box` with the object `k`, and an upload of `u` with one part; the upload's id.
async fn filled(folder: &Path) -> String {
    let s3 = in_folder(folder);
    done(
        &s3,
        "PUT /box",
        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
    )
    .await;
    ask(&s3, "PUT /box/k", &[("x-amz-meta-colour", "blue"), ("x-amz-tagging", "a=1")], "one").await;
    let upload = done(&s3, "POST /box/u?uploads", "").await.one("UploadId");
    done(&s3, &format!("PUT /box/u?partNumber=1&uploadId={upload}"), "two").await;
    upload
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The only file of an object.
fn object(folder: &Path) -> PathBuf {
    let [file] = &files(&folder.join("buckets/box/objects"))[..] else { panic!("one object") };
    file.clone()
}

#[tokio::test]
async fn a_folder_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let upload = filled(folder.path()).await;
    let s3 = in_folder(folder.path());
    let got = ask(&s3, "GET /box/k", &[("x-amz-checksum-mode", "ENABLED")], "").await;
    assert_eq!((got.text().as_str(), got.header("x-amz-meta-colour")), ("one", Some("blue")));
    assert!(got.header("x-amz-checksum-crc64nvme").is_some());
    assert_eq!(got.header("last-modified"), Some("Fri, 15 Jan 2027 08:00:00 GMT"));
    assert_eq!(done(&s3, "GET /box/k?tagging", "").await.one("Value"), "1");
    assert!(done(&s3, "GET /box?location", "").await.text().contains("eu-west-1"));
    let parts = done(&s3, &format!("GET /box/u?uploadId={upload}"), "").await;
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        parts.one("ETag")
    );
    done(&s3, &format!("POST /box/u?uploadId={upload}"), body).await;
    let s3 = in_folder(folder.path());
    let got = done(&s3, "GET /box/u", "").await;
    assert_eq!(got.text(), "two");
    assert_eq!(got.header("etag"), Some(parts_etag(&parts.one("ETag")).as_str()));
    assert_eq!(done(&s3, "GET /box?uploads", "").await.all("Upload"), [""; 0]);
    done(&s3, "DELETE /box/u", "").await;
    done(&s3, "DELETE /box/k", "").await;
    done(&s3, "DELETE /box", "").await;
    assert_eq!(done(&in_folder(folder.path()), "GET /", "").await.all("Name"), [""; 0]);
    assert_eq!(files(folder.path()), [folder.path().join("format")], "nothing stays behind");
}

/// The entity tag of an object of one part.
fn parts_etag(part: &str) -> String {
    assert_eq!(part, "\"b8a9f715dbb64fd5c56e7783c6820a61\"");
    "\"c8288b8072be5f59c0c143fb416b2634-1\"".to_owned()
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let whole = fs::read(object(folder.path())).unwrap();
    for (name, bytes) in [("7", &whole[..1]), ("8", &whole[..]), ("9", &[])] {
        fs::write(folder.path().join("incoming").join(name), bytes).unwrap();
    }
    fs::create_dir(folder.path().join("incoming/10")).unwrap();
    let s3 = in_folder(folder.path());
    assert_eq!(done(&s3, "GET /box?list-type=2", "").await.all("Key"), ["k"]);
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
}

/// What is done to a folder, and words of what its next user hears.
type Damage = (&'static str, fn(&Path), &'static [&'static str]);

const DAMAGES: &[Damage] = &[
    ("an object without its end", |folder| cut(&object(folder), 1), &["objects", "is damaged", "Delete it"]),
    ("an object of nothing", |folder| fs::write(object(folder), "").unwrap(), &["objects", "its end is missing"]),
    ("an object without its first byte", behead, &["objects", "has 2 bytes where its record says 3"]),
    ("an object under another name", rename, &["is that of the key \"k\""]),
    (
        "a bucket without its record",
        |folder| fs::remove_file(folder.join("buckets/box/bucket")).unwrap(),
        &["box/bucket"],
    ),
    (
        "a later format",
        |folder| fs::write(folder.join("format"), "aqueduct s3 2\n").unwrap(),
        &["aqueduct s3 2", "the version"],
    ),
    (
        "a folder of files",
        |folder| fs::remove_file(folder.join("format")).unwrap(),
        &["an earlier version", "delete this one"],
    ),
    #[cfg(unix)]
    ("a link for an object", link, &["it is not a file"]),
    #[cfg(unix)]
    ("a link for a bucket's objects", link_folder, &["it is not a folder"]),
];

fn cut(file: &Path, bytes: usize) {
    let whole = fs::read(file).unwrap();
    fs::write(file, &whole[..whole.len() - bytes]).unwrap();
}

fn behead(folder: &Path) {
    let whole = fs::read(object(folder)).unwrap();
    fs::write(object(folder), &whole[1..]).unwrap();
}

fn rename(folder: &Path) {
    let object = object(folder);
    fs::rename(&object, object.with_file_name("0".repeat(64))).unwrap();
}

#[cfg(unix)]
fn link(folder: &Path) {
    let (object, elsewhere) = (object(folder), folder.join("elsewhere"));
    fs::rename(&object, &elsewhere).unwrap();
    std::os::unix::fs::symlink(elsewhere, object).unwrap();
}

#[cfg(unix)]
fn link_folder(folder: &Path) {
    let (objects, elsewhere) = (folder.join("buckets/box/objects"), folder.join("elsewhere"));
    fs::rename(&objects, &elsewhere).unwrap();
    std::os::unix::fs::symlink(elsewhere, objects).unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_refused_with_the_way_out() {
    for (what, damage, expected) in DAMAGES {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await;
        damage(folder.path());
        let refusal = in_folder(folder.path()).provision(&[]).unwrap_err();
        for expected in *expected {
            assert!(refusal.contains(expected), "{what}: {refusal}");
        }
        let answer = ask(&in_folder(folder.path()), "GET /box/k", &[], "").await;
        assert_eq!((answer.status, answer.one("Message")), (500, refusal), "{what}");
    }
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("s3");
    let s3 = in_folder(&folder);
    done(&s3, "PUT /box", "").await;
    let outside = around.path().join("outside");
    let keys =
        ["../../../../outside", "/outside", "..%2F..%2F..%2F..%2Foutside", &*outside.to_string_lossy().into_owned()];
    for key in keys {
        done(&s3, &format!("PUT /box/{key}"), "out").await;
    }
    for line in ["PUT /..", "PUT /../k", "PUT /%2E%2E%2Fbox", "PUT /.hidden"] {
        assert_eq!(ask(&s3, line, &[], "").await.status, 400, "{line}");
    }
    assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
    assert!(files(&folder).iter().all(|file| file.strip_prefix(&folder).is_ok()));
}

#[tokio::test]
async fn an_object_that_is_read_stays_what_it_was_when_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = in_folder(folder.path());
    done(&s3, "PUT /box", "").await;
    let large: Vec<u8> = (0..5 * 1024 * 1024_u32).map(|at| (at % 251).to_le_bytes()[0]).collect();
    done(&s3, "PUT /box/k", large.clone()).await;
    let (parts, ()) = http::Request::get("/box/k").header("host", "h").body(()).unwrap().into_parts();
    let mut body = s3.answer(parts, bytes::Bytes::new()).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.len() < large.len(), "it comes piece by piece");
    done(&s3, "PUT /box/k", "small").await;
    done(&s3, "DELETE /box/k", "").await;
    let rest = body.collect().await.unwrap().to_bytes();
    assert!([&first[..], &rest[..]].concat() == large);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_writes_at_the_same_time_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let s3: S3 = in_folder(folder.path());
    done(&s3, "PUT /box", "").await;
    let writes = (0..16).map(|number| {
        let s3 = s3.clone();
        tokio::spawn(async move {
            ask(&s3, "PUT /box/k", &[("if-none-match", "*")], format!("{number}")).await.status == 200
        })
    });
    let writes: Vec<_> = writes.collect();
    let mut winners = Vec::new();
    for (number, write) in writes.into_iter().enumerate() {
        if write.await.unwrap() {
            winners.push(number.to_string());
        }
    }
    assert_eq!(winners, [done(&s3, "GET /box/k", "").await.text()]);
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
}
