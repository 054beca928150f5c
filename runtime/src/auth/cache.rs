//! Keeps tokens until shortly before they expire; who asks for the same token at the same time waits for one fetch.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{AuthSpec, TokenError};

/// A token is not handed out any more when this much of its life is left.
const MARGIN: Duration = Duration::from_secs(60);
/// How many different tokens are kept.
const CAPACITY: usize = 256;

/// A token and how long it is valid from now on.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) token: String,
    pub(super) lifetime: Duration,
}

#[derive(Debug)]
struct Kept {
    token: String,
    until: Instant,
}

type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

#[derive(Debug, Default)]
pub(super) struct Cache {
    slots: Mutex<HashMap<AuthSpec, Slot>>,
}

impl Cache {
    /// The kept token, or the one that `fetch` gets.
    pub(super) async fn get<F>(&self, spec: &AuthSpec, fetch: F) -> Result<String, TokenError>
    where
        F: Future<Output = Result<Fresh, TokenError>>,
    {
        let slot = self.slot(spec);
        let mut kept = slot.lock().await;
        let now = Instant::now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.token.clone());
        }
        let fresh = fetch.await?;
        let until = now.checked_add(fresh.lifetime.saturating_sub(MARGIN)).unwrap_or(now);
        *kept = Some(Kept { token: fresh.token.clone(), until });
        Ok(fresh.token)
    }

    fn slot(&self, spec: &AuthSpec) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(spec) {
            return Arc::clone(slot);
        }
        if slots.len() >= CAPACITY {
            slots.clear();
        }
        Arc::clone(slots.entry(spec.clone()).or_default())
    }
}
