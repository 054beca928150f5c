//! The directory that generated packages and what cargo made of them are kept in.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::project::ProjectError;

/// A cache directory: `packages/NAME` for each workflow, and one `target` for all.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// A package's directory that no other cogwork process touches while this is held.
#[derive(Debug)]
pub struct PackageDirectory {
    path: PathBuf,
    _lock: File,
}

impl PackageDirectory {
    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Cache {
    /// The user's cache: `COGWORK_CACHE_DIR`, else `XDG_CACHE_HOME/cogwork`, else `~/.cache/cogwork`.
    ///
    /// # Errors
    ///
    /// When none of them is known.
    pub fn locate() -> Result<Self, ProjectError> {
        let root = choose(env::var_os("COGWORK_CACHE_DIR"), env::var_os("XDG_CACHE_HOME"), env::home_dir())
            .ok_or(ProjectError::NoCacheDirectory)?;
        // Cargo runs in another directory, so the path must mean the same everywhere.
        let root = std::path::absolute(&root).map_err(ProjectError::io("find", &root))?;
        Ok(Self { root })
    }

    /// The target directory that all packages share.
    #[must_use]
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// The directory of a package, created if need be; waits for another process that builds the same package.
    ///
    /// # Errors
    ///
    /// When it cannot be created or locked.
    pub fn package(&self, name: &str) -> Result<PackageDirectory, ProjectError> {
        let path = self.root.join("packages").join(name);
        fs::create_dir_all(&path).map_err(ProjectError::io("create", &path))?;
        let file = path.join(".lock");
        let lock = File::create(&file).map_err(ProjectError::io("create", &file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => lock.lock().map_err(ProjectError::io("lock", &file))?,
            // Some network file systems cannot lock; then two processes at once are the user's affair.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(ProjectError::io("lock", &file)(error)),
        }
        Ok(PackageDirectory { path, _lock: lock })
    }
}

fn choose(own: Option<OsString>, xdg: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(own) = own.filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(own));
    }
    // By the XDG specification a relative path is to be ignored.
    if let Some(xdg) = xdg.map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Some(xdg.join("cogwork"));
    }
    home.filter(|path| path.is_absolute()).map(|home| home.join(".cache").join("cogwork"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_wins() {
        let chosen = |own: Option<&str>, xdg: Option<&str>, home: Option<&str>| {
            choose(own.map(OsString::from), xdg.map(OsString::from), home.map(PathBuf::from))
        };
        assert_eq!(chosen(Some("own"), Some("/xdg"), Some("/home")), Some("own".into()));
        assert_eq!(chosen(Some(""), Some("/xdg"), Some("/home")), Some("/xdg/cogwork".into()));
        assert_eq!(chosen(None, Some("relative"), Some("/home")), Some("/home/.cache/cogwork".into()));
        assert_eq!(chosen(None, None, Some("")), None);
        assert_eq!(chosen(None, None, None), None);
    }

    #[test]
    fn a_package_belongs_to_one_at_a_time() {
        let cache = Cache { root: env::temp_dir().join(format!("cogwork-cache-{}", std::process::id())) };
        let held = cache.package("a").unwrap();
        let other = File::open(held.path().join(".lock")).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(held);
        other.try_lock().unwrap();
        fs::remove_dir_all(&cache.root).unwrap();
    }
}
