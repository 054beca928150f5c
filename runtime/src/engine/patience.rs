//! What effects ask of their own engine.

use std::future::Future;

use super::{Engine, EngineError, STORE_RETRY};
use crate::store::StoreError;

/// Asks until the store answers: an effect does not fail because the disk did. When the engine ends there is no answer
/// at all, and the next start begins the effect again.
pub(super) async fn patiently<T, F>(engine: &Engine, mut ask: impl FnMut() -> F) -> Result<T, EngineError>
where
    F: Future<Output = Result<T, EngineError>>,
{
    loop {
        match ask().await {
            Err(EngineError::Store(StoreError::Failed(_))) => {
                engine.inner.clock.sleep_until(engine.now().after(STORE_RETRY)).await;
            }
            Err(EngineError::ShuttingDown) => std::future::pending().await,
            answer => return answer,
        }
    }
}
