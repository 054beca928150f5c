//! What is going to be done in a run: which executions, when, with which callbacks, and which of them are cancelled.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Course;
use super::world::SERVER;

/// The workflows of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `crash_mix.yaml`
    Mix,
    /// `inbox.yaml`
    Inbox,
    /// `late.yaml`
    Late,
    /// `fan.yaml`
    Fan,
    /// `family.yaml`
    Family,
}

impl Kind {
    /// The workflow's name.
    #[must_use]
    pub fn workflow(self) -> &'static str {
        match self {
            Self::Mix => "crash_mix",
            Self::Inbox => "inbox",
            Self::Late => "late",
            Self::Fan => "fan",
            Self::Family => "family",
        }
    }

    /// The effects that one that succeeds has had.
    #[must_use]
    pub fn effects(self) -> &'static [&'static str] {
        match self {
            Self::Mix => &["first", "left", "right", "tell", "flaky"],
            Self::Inbox => &["tell", "settle"],
            Self::Late => &["tell"],
            Self::Fan => &["ask1", "ask2", "ask3", "ask4", "tell1", "tell2", "tell3", "tell4", "end"],
            Self::Family => &["between", "end"],
        }
    }
}

/// One execution that is going to be created.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its own name, which is its id as well if `named`.
    pub name: String,
    /// Its workflow.
    pub kind: Kind,
    /// Virtual time from the beginning of the run.
    pub at: Duration,
    /// Whether the creator chooses the id, so that it can try again when the outcome is unknown.
    pub named: bool,
    /// A seed for the order of its fibers.
    pub schedule: Option<u64>,
    /// The argument.
    pub argument: Json,
    /// How many callbacks are sent until they are accepted.
    pub callbacks: u64,
    /// How long after the URL was told the first is sent.
    pub callback_delay: Duration,
    /// When it is cancelled.
    pub cancel: Option<Duration>,
}

/// The executions of a run.
#[must_use]
pub fn draw(course: &Course) -> Vec<Planned> {
    let count = 2 + course.below(5);
    (0..count).map(|index| planned(course, index)).collect()
}

fn planned(course: &Course, index: u64) -> Planned {
    let kind = match course.below(8) {
        0 | 1 => Kind::Mix,
        2 | 3 => Kind::Inbox,
        4 => Kind::Late,
        5 | 6 => Kind::Fan,
        _ => Kind::Family,
    };
    let name = format!("e{index}");
    let at = Duration::from_millis(course.below(6_000));
    let timeout = course.below(4_000);
    let mut argument = json!({"server": SERVER, "id": name});
    match kind {
        Kind::Late => argument["timeout"] = json!(timeout as f64 / 1e3),
        // Within the horizon of the timers in memory, and beyond it.
        Kind::Fan => argument["nap"] = json!(if course.chance(300) { 150 } else { course.below(4) }),
        _ => {}
    }
    let (callbacks, callback_delay) = match kind {
        Kind::Mix => (1, course.below(3_000)),
        Kind::Inbox => (3 + course.below(4), course.below(2_000)),
        Kind::Late => (1, (timeout + course.below(300)).saturating_sub(150)),
        Kind::Fan | Kind::Family => (0, 0),
    };
    Planned {
        name,
        kind,
        at,
        named: course.chance(700),
        schedule: course.chance(500).then(|| course.below(u64::MAX)),
        argument,
        callbacks,
        callback_delay: Duration::from_millis(callback_delay),
        cancel: course.chance(120).then(|| at + Duration::from_millis(course.below(8_000))),
    }
}
