//! Reads source files from disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::Source;

/// What is never read, whatever the limits say: it guards the memory of the compiler itself.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Why a source file could not be read. The text is a whole clause for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read `{}`: {}", path.display(), reason(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The path leads to a directory.
    #[error("cannot read `{}`: it is a directory", path.display())]
    Directory {
        /// The path.
        path: PathBuf,
    },
    /// The file is larger than any definition may be.
    #[error("cannot read `{}`: it is larger than {} MiB", path.display(), LARGEST_FILE / 1024 / 1024)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not text.
    #[error("cannot read `{}`: it is not UTF-8 text (byte {at} is wrong)", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Offset of the first wrong byte.
        at: usize,
    },
}

/// The message of an I/O error without the number that the operating system gives it.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_owned()
}

impl Source {
    /// Reads the file at `path`; diagnostics will call it `name`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is larger than 64 MiB, or is not UTF-8.
    pub fn read(path: &Path, name: impl Into<String>) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(ReadError::Directory { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(ReadError::TooLarge { path: path.to_owned() });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => {
                Err(ReadError::NotText { path: path.to_owned(), at: error.utf8_error().valid_up_to() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said_in_one_clause() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let message = |path: &Path| Source::read(path, "x").unwrap_err().to_string();
        assert!(message(here).ends_with("it is a directory"), "{}", message(here));
        let missing = message(&here.join("missing.yaml"));
        assert!(missing.ends_with("missing.yaml`: No such file or directory"), "{missing}");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let path = std::env::temp_dir().join(format!("cogwork-not-text-{}.yaml", std::process::id()));
        std::fs::write(&path, b"a: \xff").unwrap();
        let message = Source::read(&path, "x").unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(message.ends_with("it is not UTF-8 text (byte 3 is wrong)"), "{message}");
    }
}
