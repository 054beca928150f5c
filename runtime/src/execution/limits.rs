//! Limits of a running execution (`language.md` §14).

use crate::machine::Profile;

/// What one execution may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Steps in all.
    pub steps: u64,
    /// Calls within calls; `main` is the first.
    pub call_depth: usize,
    /// Parallel steps within parallel steps.
    pub parallel_depth: usize,
    /// Parallel branches and iterations that run at once.
    pub concurrent_branches: usize,
    /// Errors of branches that are kept.
    pub branch_errors: usize,
    /// Bytes of all variables together, by the service's way of counting.
    pub memory: usize,
    /// Bytes of one string.
    pub text: usize,
    /// Steps between two looks at the memory.
    pub memory_interval: u32,
    /// Bytes of the argument's JSON text.
    pub argument: usize,
}

impl Limits {
    /// The service's numbers.
    #[must_use]
    pub fn google() -> Self {
        Self {
            steps: 100_000,
            call_depth: 20,
            parallel_depth: 2,
            concurrent_branches: 20,
            branch_errors: 100,
            memory: 512 * 1024,
            text: 256 * 1024,
            memory_interval: 1,
            argument: 32 * 1024,
        }
    }

    /// The limits of a profile.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Default => Self::default(),
            Profile::Google => Self::google(),
        }
    }
}

impl Default for Limits {
    /// Bounded, but large enough that honest work does not meet them. What a workflow can observe of the service's
    /// scheduling (20 branches at once, 100 errors) is as there.
    fn default() -> Self {
        Self {
            steps: 1_000_000_000_000,
            call_depth: 1_000,
            parallel_depth: 16,
            memory: 1 << 30,
            text: 1 << 28,
            memory_interval: 1 << 20,
            argument: 16 << 20,
            ..Self::google()
        }
    }
}
