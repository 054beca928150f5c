//! Sizes (D13), under the service's limits.

use std::fmt::Write as _;

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    let mut assignments = "- init:\n    >>>assign:\n      ".to_owned();
    let mut conditions = "- pick:\n    >>>switch:\n      ".to_owned();
    let mut branches = "- fan:\n    >>>parallel:\n      branches:\n        ".to_owned();
    for i in 0..51 {
        writeln!(assignments, "{}- a{i}: {i}", if i == 0 { "" } else { "      " }).expect("memory");
        writeln!(conditions, "{}- condition: ${{{i} > 5}}", if i == 0 { "" } else { "      " })
            .expect("memory");
    }
    for i in 0..11 {
        let indent = if i == 0 { "" } else { "        " };
        writeln!(branches, "{indent}- b{i}: {{steps: [{{s{i}: {{assign: [{{x: 1}}]}}}}]}}").expect("memory");
    }
    let expression = format!("- done:\n    return: >>>${{1{}}}\n", " + 1".repeat(100));
    let source = format!(">>>- done:\n    return: 1\n# {}\n", "x".repeat(131_072));
    [
        broken("long_expression", 13, Code::LimitExceeded, &expression),
        broken("large_source", 13, Code::LimitExceeded, &source),
        broken("many_assignments", 13, Code::LimitExceeded, &assignments),
        broken("many_conditions", 13, Code::LimitExceeded, &conditions),
        broken("many_branches", 13, Code::LimitExceeded, &branches),
    ]
    .map(|case| Broken { google_limits: true, ..case })
    .to_vec()
}
