//! The clock that the engine sees: the course's, with wake-ups that may come late as on a busy machine.

use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::Clock;
use cogwork::store::BoxFuture;

use super::Course;

/// The clock of a course.
#[derive(Debug)]
pub struct CourseClock(pub Course);

impl Clock for CourseClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Ok(left @ 1..) = u64::try_from(instant.0.saturating_sub(self.now().0)) {
                tokio::time::sleep(Duration::from_micros(left)).await;
            }
            if self.0.chance(200) {
                self.0.dawdle(Duration::from_millis(30)).await;
            }
        })
    }
}
