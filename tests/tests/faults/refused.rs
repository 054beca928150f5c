//! Database files that cannot be used as they are.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cogwork_tests::executions::{create, ended, endpoint, get, until};
use cogwork_tests::server::Server;
use serde_json::{Value, json};

use super::means::{output, runs, serve, skip};
use crate::BINARY;

/// Bytes of a page of the database.
const PAGE: usize = 4_096;

/// Makes a database with some executions that wait, cleanly closed; gives their names.
fn database(path: &Path, executions: usize) -> Vec<String> {
    let server = Server::spawn(serve(path));
    // Large enough to fill pages of their own.
    let argument = json!({"seconds": 3_600, "ballast": "x".repeat(2 * PAGE)});
    let names: Vec<String> = (0..executions).map(|_| create(&server, "callback_late", &argument)).collect();
    names.iter().for_each(|name| {
        endpoint(&server, name, 0);
    });
    let log = format!("{}-wal", path.display());
    until("the log to be cut", || {
        std::fs::metadata(&log).map_or(true, |metadata| metadata.len() == 0).then_some(())
    });
    assert_eq!(server.terminate(), Some(0));
    names
}

/// Asserts that `serve` and `run` end with exit code 2 and one line that has these words; the file stays as it is.
fn assert_refused(path: &Path, words: &[&str]) {
    let before = std::fs::read(path).expect("readable");
    let store = format!("sqlite:{}", path.display());
    let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0", "--store", &store];
    for args in [serve, &["run", "--workflow", "jumps", "--store", &store]] {
        assert_says(Command::new(BINARY).args(args), path, words);
        assert_eq!(std::fs::read(path).expect("readable"), before, "{args:?} changed the file");
    }
}

fn assert_says(command: &mut Command, path: &Path, words: &[&str]) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = output(command.spawn().expect("the binary starts"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true), "{said}");
    assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    assert!(said.contains(&path.display().to_string()), "names the file: {said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.db");
    (folder, path)
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let (_folder, path) = folder();
    let names = database(&path, 1);
    let good = std::fs::read(&path).expect("readable");
    let mut newer = good.clone();
    // The header's user version.
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&path, newer).expect("writable");
    assert_refused(&path, &["newer Cogwork (format 99", "use the newer program"]);
    std::fs::write(&path, good).expect("writable");
    let server = Server::spawn(serve(&path));
    assert_eq!(get(&server, &names[0])["state"], json!("ACTIVE"));
}

#[test]
fn files_of_others_are_refused() {
    let (_folder, path) = folder();
    std::fs::write(&path, "these are somebody's notes\n".repeat(500)).expect("writable");
    assert_refused(&path, &["not an SQLite database"]);
    database_of_another_program(&path);
    assert_refused(&path, &["another program", "choose another file"]);
}

/// One of ours with the mark of somebody else.
fn database_of_another_program(path: &Path) {
    std::fs::remove_file(path).expect("it goes");
    database(path, 0);
    let mut bytes = std::fs::read(path).expect("readable");
    // The header's application id.
    bytes[68..72].copy_from_slice(b"Else");
    std::fs::write(path, bytes).expect("writable");
}

#[test]
fn a_damaged_database_is_refused() {
    let (_folder, path) = folder();
    let names = database(&path, 20);
    let good = std::fs::read(&path).expect("readable");
    let damage = |range: std::ops::Range<usize>| {
        let mut bytes = good.clone();
        bytes[range].fill(0xee);
        std::fs::write(&path, bytes).expect("writable");
    };
    // The schema on the first page.
    damage(100..PAGE);
    assert_refused(&path, &["damaged", "restore it from a copy"]);
    // Everything but the first page.
    damage(PAGE..good.len());
    assert_refused(&path, &["damaged", "restore it from a copy"]);
    // Half of it is missing.
    std::fs::write(&path, &good[..good.len() / 2]).expect("writable");
    assert_refused(&path, &["damaged", "restore it from a copy"]);
    // The copy is as good as the original.
    std::fs::write(&path, &good).expect("writable");
    let server = Server::spawn(serve(&path));
    for name in &names {
        assert_eq!(get(&server, name)["state"], json!("ACTIVE"));
        endpoint(&server, name, 0);
    }
}

#[test]
fn damage_under_a_running_server_is_reported_and_not_acknowledged() {
    let (_folder, path) = folder();
    let names = database(&path, 20);
    let good = std::fs::read(&path).expect("readable");
    let server = Server::spawn(serve(&path));
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("writable");
    let garbage = vec![0xee; good.len() - PAGE];
    std::os::unix::fs::FileExt::write_all_at(&file, &garbage, PAGE as u64).expect("written");
    // What is in a cache may still be answered.
    let read = until("a failing read", || {
        names.iter().map(|name| server.send("GET", &format!("/v1/{name}"), None)).find(|a| a.status != 200)
    });
    assert_eq!(read.status, 503, "{}", read.body);
    assert!(read.body.contains("damaged") && read.body.contains("test.db"), "{}", read.body);
    let executions = format!("{}/jumps/executions", cogwork_tests::executions::PARENT);
    let write = until("a failing write", || {
        Some(server.send("POST", &executions, Some(&json!({})))).filter(|answer| answer.status != 200)
    });
    assert_eq!(write.status, 503, "{}", write.body);
    assert!(write.body.contains("damaged"), "{}", write.body);
    assert_eq!(server.send("GET", "/readyz", None).status, 503);
    assert_eq!(server.send("GET", "/healthz", None).status, 200);
    assert_eq!(server.terminate(), Some(0));
    // What the damaged file's log may hold belongs to it.
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    std::fs::write(&path, &good).expect("writable");
    let server = Server::spawn(serve(&path));
    names.iter().for_each(|name| assert_eq!(get(&server, name)["state"], json!("ACTIVE")));
}

/// The command as a user whom permissions bind; none if we are such a user or cannot become one.
fn as_nobody(command: &Command) -> Command {
    let mut other = Command::new("setpriv");
    other.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    other.arg(command.get_program()).args(command.get_args());
    other
}

/// A copy of the binary in a folder that everybody may enter.
fn reachable_binary(folder: &Path) -> PathBuf {
    let copy = folder.join("flows");
    std::fs::copy(BINARY, &copy).expect("copied");
    permit(folder, 0o777);
    copy
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
}

#[test]
fn a_read_only_database_is_refused_until_it_is_writable() {
    let (folder, path) = folder();
    let binary = reachable_binary(folder.path());
    let store = format!("sqlite:{}", path.display());
    let mut plain = Command::new(&binary);
    plain.args(["serve", "--listen", "127.0.0.1:0", "--store", &store]);
    let user = || {
        let mut probe = Command::new(&binary);
        probe.args(["describe", "--workflow", "jumps"]);
        as_nobody(&probe).output().is_ok_and(|output| output.status.success())
    };
    if !user() {
        return skip("a read-only file: setpriv cannot make us another user");
    }
    let server = Server::spawn(as_nobody(&plain));
    let name = create(&server, "callback_basic", &Value::Null);
    endpoint(&server, &name, 1);
    assert_eq!(server.terminate(), Some(0));

    permit(&path, 0o444);
    let before = std::fs::read(&path).expect("readable");
    assert_says(&mut as_nobody(&plain), &path, &["read-only"]);
    assert_eq!(std::fs::read(&path).expect("readable"), before);
    permit(&path, 0o644);
    // A folder where no log can be made.
    permit(folder.path(), 0o555);
    assert!(runs("chown", &["0:0", &folder.path().display().to_string()]));
    let lock = folder.path().join("test.db.lock");
    std::fs::remove_file(&lock).expect("it goes");
    assert_says(&mut as_nobody(&plain), &path, &["ermission"]);
    permit(folder.path(), 0o777);

    let server = Server::spawn(as_nobody(&plain));
    let callback = endpoint(&server, &name, 1);
    assert_eq!(server.send("POST", &callback, Some(&json!(1))).status, 200);
    assert_eq!(ended(&server, &name)["state"], json!("SUCCEEDED"));
}
