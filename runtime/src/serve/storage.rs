//! Which store the command line asks for.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;

use super::CommandError;
use crate::engine::EngineError;
use crate::store::{Durability, MemoryStore, SqliteOptions, SqliteStore, Store};

/// `memory:`, `sqlite:FILE`, or a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoreUrl {
    /// Nothing survives the process.
    Memory,
    /// A database file.
    Sqlite(PathBuf),
}

/// `--durability`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum DurabilityChoice {
    /// Whatever was acknowledged survives a crash of the program and of the machine
    #[default]
    Full,
    /// A crash of the machine (power, kernel) may lose the last moments; a crash of the program loses nothing
    Relaxed,
}

/// Reads the value of `--store`.
pub(super) fn parse_store(text: &str) -> Result<StoreUrl, String> {
    match text.split_once(':') {
        Some(("memory", "")) => Ok(StoreUrl::Memory),
        Some(("sqlite", file)) if !file.is_empty() => Ok(StoreUrl::Sqlite(file.into())),
        Some((scheme, _)) if scheme.len() > 1 && !scheme.contains(['/', '\\', '.']) => {
            Err(format!("unknown kind of store `{scheme}:`; expected memory: or sqlite:FILE"))
        }
        _ if !text.is_empty() => Ok(StoreUrl::Sqlite(text.into())),
        _ => Err("expected memory: or sqlite:FILE".to_owned()),
    }
}

/// Opens a store.
pub(super) fn open(url: &StoreUrl, durability: DurabilityChoice) -> Result<Arc<dyn Store>, CommandError> {
    match url {
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::new())),
        StoreUrl::Sqlite(path) => {
            let durability = match durability {
                DurabilityChoice::Full => Durability::Full,
                DurabilityChoice::Relaxed => Durability::Relaxed,
            };
            let options = SqliteOptions { durability, ..SqliteOptions::default() };
            Ok(Arc::new(SqliteStore::open(path, options).map_err(EngineError::from)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named_by_url_or_file() {
        assert_eq!(parse_store("memory:"), Ok(StoreUrl::Memory));
        assert_eq!(parse_store("sqlite:order.db"), Ok(StoreUrl::Sqlite("order.db".into())));
        assert_eq!(parse_store("./order.db"), Ok(StoreUrl::Sqlite("./order.db".into())));
        assert!(parse_store("postgres://host/db").is_err());
        assert!(parse_store("sqlite:").is_err());
        assert!(parse_store("").is_err());
    }
}
