//! Randomness, injected: the only place that takes it from the operating system.

use std::fmt;

use sha2::{Digest, Sha256};

/// A source of random bytes: for the ids and secrets of executions and for what workflows ask for.
pub trait Randomness: fmt::Debug + Send + Sync + 'static {
    /// Fills `buffer`. Callback ids are as hard to guess as these bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(16) {
            let random = uuid::Uuid::new_v4().into_bytes();
            // A version-4 UUID fixes six of its bits; the digest spreads the rest over all of them.
            let digest: [u8; 32] = Sha256::digest(random).into();
            chunk.copy_from_slice(digest.get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// A version-4 UUID.
pub(super) fn uuid(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
