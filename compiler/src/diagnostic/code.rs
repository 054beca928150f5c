//! The registry of diagnostic codes: one per kind of message, stable across releases.
//!
//! `E…` stops the compilation, `W…` does not. A code that is no longer used is never given to another kind.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        /// A kind of diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $title, ".")] $name,)*
        }

        impl Code {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it is printed, such as `E012`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What the code means, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    // The document.
    InvalidDocument = "E001", "not a valid YAML or JSON document";
    TabIndentation = "E002", "tab in the indentation";
    MultipleDocuments = "E003", "more than one document in a file";
    DuplicateKey = "E004", "key used twice in a mapping";
    InvalidKey = "E005", "key that is not a scalar";
    UnsupportedYaml = "E006", "YAML feature that definitions cannot use";
    NumberOutOfRange = "E007", "number that no value can hold";
    LimitExceeded = "E008", "size limit exceeded";

    // Expressions.
    ExpressionSyntax = "E010", "syntax error in an expression";
    NotAnExpression = "E011", "text around `${…}`";

    // The shape of workflows and steps.
    InvalidStructure = "E020", "wrong kind of value";
    MissingMain = "E021", "no `main` workflow";
    DuplicateSubworkflow = "E022", "subworkflow defined twice";
    UnknownKey = "E023", "unknown key";
    MissingKey = "E024", "required key is missing";
    OrphanKey = "E025", "key without the key it belongs to";
    ConflictingActions = "E026", "two actions in one step";
    InvalidStep = "E027", "malformed step";
    DuplicateStep = "E028", "step name used twice";
    EmptyName = "E029", "empty name";
    EmptySteps = "E030", "no steps";
    InvalidParams = "E031", "malformed parameters";
    InvalidIdentifier = "E032", "name that no variable can have";
    InvalidLiteral = "E033", "literal that cannot stand here";
    InvalidLoop = "E034", "malformed `for` or `parallel`";
    ExceptionPolicy = "E035", "unknown exception policy";
    InvalidRetry = "E036", "malformed `retry`";

    // Jumps.
    InvalidNext = "E040", "`next` does not name a step";
    UnknownStep = "E041", "jump to a step that does not exist";
    IllegalJump = "E042", "jump to a step that cannot be reached";
    BreakOutsideLoop = "E043", "`break` or `continue` outside a loop";
    ReturnInParallel = "E044", "`return` inside a parallel step";

    // Names and calls.
    UndefinedSymbol = "E050", "undefined name";
    OutOfScope = "E051", "variable used outside its scope";
    LoopVariable = "E052", "misuse of a loop variable";
    UnsharedWrite = "E053", "assignment to a variable that is not shared";
    UnknownFunction = "E054", "unknown function or subworkflow";
    InvalidCallee = "E055", "`call` does not name a function";
    InvalidArguments = "E056", "wrong arguments";
    BlockingCall = "E057", "blocking function inside an expression";
    FunctionAsValue = "E058", "function used as a value";
    FunctionNotAvailable = "E059", "function that is not available";

    // Warnings.
    UnreachableCase = "W001", "entry of `switch` that is never reached";
    NotPrecedence = "W002", "`not` binds tighter than the operator behind it";
    SingleQuotedString = "W003", "string in single quotes inside an expression";
    BrokenExpressionKey = "W004", "unquoted expression that YAML reads as a mapping";
    ParallelNesting = "W005", "parallel steps nested too deep";
}

impl Code {
    /// All codes, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_ascending_and_well_formed() {
        let codes: Vec<&str> = Code::all().map(Code::as_str).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        for code in Code::all() {
            let (letter, digits) = code.as_str().split_at(1);
            assert!(matches!(letter, "E" | "W") && digits.len() == 3, "{code}");
            assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{code}");
            assert!(!code.title().is_empty() && !code.title().ends_with('.'), "{code}");
        }
    }
}
