//! Finds definitions in directories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::CliError;
use crate::source::ReadError;

/// How deep directories are searched.
const DEPTH: usize = 32;

/// The files that a path stands for: itself, or the definitions in a directory and those below it, in order. Hidden
/// entries and linked directories are passed over.
///
/// # Errors
///
/// When a directory cannot be read or holds no definition.
pub(super) fn definitions(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    search(path, DEPTH, &mut found)?;
    if found.is_empty() { Err(CliError::NoFiles(path.to_owned())) } else { Ok(found) }
}

fn search(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let failed = |source| ReadError::Io { path: directory.to_owned(), source };
    let mut entries =
        fs::read_dir(directory).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            if depth > 0 {
                search(&path, depth - 1, found)?;
            }
        } else if is_definition(&path) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn is_definition(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_searched_in_order() {
        let root = std::env::temp_dir().join(format!("cogwork-files-{}", std::process::id()));
        for file in ["b.yml", "a.yaml", "notes.txt", ".hidden.yaml", "sub/c.json", ".git/d.yaml"] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir_all(root.join("empty")).unwrap();
        let found = definitions(&root).unwrap();
        let empty = definitions(&root.join("empty"));
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(names, ["a.yaml", "b.yml", "sub/c.json"].map(PathBuf::from));
        assert!(matches!(empty, Err(CliError::NoFiles(_))));
    }
}
