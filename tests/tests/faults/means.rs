//! Ways to make a disk fail under a running server.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use cogwork_tests::server::Server;
use tempfile::TempDir;

use crate::BINARY;

/// Longest wait for the end of a process.
const PATIENCE: Duration = Duration::from_secs(30);

/// A way to make writes fail.
pub(crate) trait Fault {
    /// The folder for the database.
    fn folder(&self) -> &Path;
    /// Makes writes fail from now on.
    fn begin(&self, server: &Server);
    /// Mends the disk.
    fn end(&self, server: &Server);
    /// What the error has to speak of.
    fn words(&self) -> &'static str;
}

/// Runs a command; false if it fails or is not there.
pub(crate) fn runs(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

/// The output of a process that has to end by itself; it ends in any case.
pub(crate) fn output(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("a child");
            let output = child.wait_with_output().expect("it has ended");
            panic!("it does not end; it said: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().expect("it has ended")
}

/// Says that something was not tested.
pub(crate) fn skip(what: &str) {
    eprintln!("SKIPPED on this machine: {what}");
}

/// `binary serve` in such a way that a file over its limit is an error, not the end of the process.
pub(crate) fn serve(store: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "trap '' XFSZ; exec \"$0\" \"$@\"",
            BINARY,
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--store",
        ])
        .arg(format!("sqlite:{}", store.display()));
    command
}

/// A file system of two megabytes, which another file fills.
pub(crate) struct FullDisk(TempDir);

impl FullDisk {
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("a plain path").to_owned();
        runs("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs", &path]).then_some(Self(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // Lazily: a process that has just been killed may still hold it.
        runs("umount", &["-l", &self.0.path().display().to_string()]);
    }
}

impl Fault for FullDisk {
    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn begin(&self, _: &Server) {
        let mut file =
            std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).expect("a file");
        while file.write(&[b'x'; 4_096]).is_ok_and(|written| written > 0) {}
    }

    fn end(&self, _: &Server) {
        std::fs::remove_file(self.filler()).expect("the filler goes");
    }

    fn words(&self) -> &'static str {
        "disk is full"
    }
}

/// No file may grow beyond a byte: each write is an I/O error.
pub(crate) struct InputOutputError(TempDir);

impl InputOutputError {
    pub(crate) fn new() -> Option<Self> {
        let own = std::process::id().to_string();
        runs("prlimit", &["--pid", &own, "--fsize"]).then(|| Self(tempfile::tempdir().expect("a folder")))
    }

    fn limit(server: &Server, limit: &str) {
        assert!(runs("prlimit", &["--pid", &server.id().to_string(), &format!("--fsize={limit}:unlimited")]));
    }
}

impl Fault for InputOutputError {
    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn begin(&self, server: &Server) {
        Self::limit(server, "1");
    }

    fn end(&self, server: &Server) {
        Self::limit(server, "unlimited");
    }

    fn words(&self) -> &'static str {
        "disk reports an error"
    }
}

/// The database and what lies beside it may not be written to by anybody.
pub(crate) struct ReadOnly(TempDir);

impl ReadOnly {
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("probe");
        std::fs::write(&file, "x").expect("writable");
        let name = file.to_str().expect("a plain path");
        let possible = runs("chattr", &["+i", name]) && std::fs::write(&file, "y").is_err();
        (runs("chattr", &["-i", name]) && possible).then_some(Self(folder))
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("readable");
        entries
            .map(|entry| entry.expect("readable").path().display().to_string())
            .filter(|path| path.contains(".db") && !path.ends_with("-shm"))
            .collect()
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        self.files().iter().for_each(|file| {
            runs("chattr", &["-i", file]);
        });
    }
}

impl Fault for ReadOnly {
    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn begin(&self, _: &Server) {
        assert!(self.files().iter().all(|file| runs("chattr", &["+i", file])));
    }

    fn end(&self, _: &Server) {
        assert!(self.files().iter().all(|file| runs("chattr", &["-i", file])));
    }

    fn words(&self) -> &'static str {
        "cannot"
    }
}
