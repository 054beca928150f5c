//! Puts a built binary where the user wants it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::project::ProjectError;

/// The path of the program when the user names none: the workflow's name, in the current directory.
#[must_use]
pub fn default_path(workflow: &str) -> PathBuf {
    PathBuf::from(format!("{workflow}{}", std::env::consts::EXE_SUFFIX))
}

/// Says whether a program may be written to `path`, before it is built.
///
/// # Errors
///
/// When a directory or the definition itself is there.
pub fn check(path: &Path, definition: &Path) -> Result<(), ProjectError> {
    let occupied = |what| Err(ProjectError::Occupied { path: path.to_owned(), what });
    if path.is_dir() {
        return occupied("a directory");
    }
    match (fs::canonicalize(path), fs::canonicalize(definition)) {
        (Ok(path), Ok(definition)) if path == definition => occupied("the definition itself"),
        _ => Ok(()),
    }
}

/// Copies a binary to `path`, which holds the old file or the new one at every moment.
///
/// # Errors
///
/// When it cannot be written.
pub fn install(binary: &Path, path: &Path) -> Result<(), ProjectError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    // `fs::copy` takes the permissions along.
    let copied = fs::copy(binary, &temporary).and_then(|_| fs::rename(&temporary, path));
    copied.map_err(|error| {
        // What matters is that the copy failed; the remains may not even exist.
        let _ = fs::remove_file(&temporary);
        ProjectError::io("write", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_takes_the_place_of_its_predecessor_only() {
        let directory = std::env::temp_dir().join(format!("cogwork-output-{}", std::process::id()));
        fs::create_dir_all(directory.join("sub")).unwrap();
        let (binary, definition, target) =
            (directory.join("binary"), directory.join("order"), directory.join("program"));
        fs::write(&binary, "new").unwrap();
        fs::write(&definition, "old").unwrap();
        assert!(check(&directory.join("sub"), &definition).is_err());
        assert!(check(&directory.join("sub/../order"), &definition).is_err());
        for _ in 0..2 {
            check(&target, &definition).unwrap();
            install(&binary, &target).unwrap();
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert!(install(&binary, &directory.join("missing/program")).is_err());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 4);
        fs::remove_dir_all(&directory).unwrap();
    }
}
