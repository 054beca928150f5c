//! Sizes that a definition must keep to.
//!
//! The default profile is generous and only guards the compiler; [`Limits::google`] is what the service enforces,
//! for workflows that shall be deployed there too.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// Upper bounds for parts of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The profile's name, as the command line knows it.
    pub profile: &'static str,
    /// Size of one source file in bytes.
    pub source_bytes: usize,
    /// Unicode characters between `${` and `}`.
    pub expression_chars: usize,
    /// Entries of one `assign`.
    pub assignments: usize,
    /// Entries of one `switch`.
    pub conditions: usize,
    /// Branches of one `parallel`.
    pub branches: usize,
    /// Steps of one list.
    pub steps: usize,
    /// Parameters of one subworkflow.
    pub params: usize,
}

impl Limits {
    /// What the service accepts (`language.md` §14).
    #[must_use]
    pub fn google() -> Self {
        Self {
            profile: "google",
            source_bytes: 128 * 1024,
            expression_chars: 400,
            assignments: 50,
            conditions: 50,
            branches: 10,
            steps: 100_000,
            params: 1_000,
        }
    }

    /// The profile with this name.
    #[must_use]
    pub fn named(profile: &str) -> Option<Self> {
        match profile {
            "default" => Some(Self::default()),
            "google" => Some(Self::google()),
            _ => None,
        }
    }

    /// Whether this is the service's profile, which also holds when the workflow runs.
    #[must_use]
    pub fn is_google(&self) -> bool {
        self.profile == "google"
    }

    /// Reports that there are `actual` of something when at most `limit` are allowed.
    pub(crate) fn exceeded(&self, span: Span, message: String) -> Diagnostic {
        let help = if self.is_google() {
            "the limit is the service's (`--limits google`); without that option the compiler accepts far more"
        } else {
            "this is the limit of the default profile; split the definition into smaller parts or subworkflows"
        };
        Diagnostic::error(Code::LimitExceeded, span, message)
            .with_label(format!("limit of profile `{}`", self.profile))
            .with_help(help)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            profile: "default",
            source_bytes: 4 * 1024 * 1024,
            expression_chars: 20_000,
            assignments: 10_000,
            conditions: 10_000,
            branches: 1_000,
            steps: 100_000,
            params: 1_000,
        }
    }
}

/// Checks the size of a source file before it is parsed; whether it may be.
pub fn check_source(text: &str, file: FileId, limits: &Limits, diagnostics: &mut Diagnostics) -> bool {
    if text.len() <= limits.source_bytes {
        return true;
    }
    let message =
        format!("source is too large: {} bytes, at most {} are allowed", text.len(), limits.source_bytes);
    diagnostics.push(limits.exceeded(Span::new(file, 0..0), message));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_sources_are_refused_with_the_limit_named() {
        let limits = Limits::google();
        let mut diagnostics = Diagnostics::default();
        assert!(check_source(&" ".repeat(131_072), FileId(0), &limits, &mut diagnostics));
        assert!(!check_source(&" ".repeat(131_073), FileId(0), &limits, &mut diagnostics));
        let all = diagnostics.into_sorted();
        assert_eq!(all.len(), 1);
        assert!(all[0].message.contains("131073 bytes, at most 131072"), "{}", all[0].message);
        assert!(all[0].help.as_deref().unwrap().contains("--limits google"));
    }
}
