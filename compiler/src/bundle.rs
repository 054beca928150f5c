//! Several files, one program: each file with a `main` is a workflow under its own name, and a file without one is a
//! library whose subworkflows every workflow may call.

use std::collections::HashMap;

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Source};
use crate::syntax::tree::NodeKind;
use crate::{Compilation, Options, codegen, compile, syntax};

/// Why files do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Two files give a workflow of one name.
    #[error("`{first}` and `{second}` both define the workflow `{name}`; rename one of the files")]
    DuplicateWorkflow {
        /// The name.
        name: String,
        /// The file that has it first.
        first: String,
        /// The other file.
        second: String,
    },
}

/// Compiles every workflow among `sources`, each together with all libraries. Where no file has a `main`, the first
/// one is compiled as if it were a workflow, which says what is missing.
#[must_use]
pub fn compile_all(sources: Vec<Source>, options: &Options) -> Vec<Compilation> {
    let (mut workflows, mut libraries): (Vec<Source>, Vec<Source>) =
        sources.into_iter().partition(is_workflow);
    if workflows.is_empty() && !libraries.is_empty() {
        workflows.push(libraries.remove(0));
    }
    workflows
        .into_iter()
        .map(|workflow| {
            let files = std::iter::once(workflow).chain(libraries.iter().cloned()).collect();
            compile(files, options)
        })
        .collect()
}

/// Whether the workflows can live in one program.
///
/// # Errors
///
/// When two of them have one name, or names that become one Rust module.
pub fn check_names(compilations: &[Compilation]) -> Result<(), BundleError> {
    let mut names: HashMap<String, &str> = HashMap::new();
    for module in compilations.iter().filter_map(|compilation| compilation.module.as_ref()) {
        let file = module.sources.first().map_or("", |(name, _)| name);
        if let Some(first) = names.insert(codegen::module_name(&module.name), file) {
            return Err(BundleError::DuplicateWorkflow {
                name: module.name.clone(),
                first: first.to_owned(),
                second: file.to_owned(),
            });
        }
    }
    Ok(())
}

/// Whether a file defines `main`. One that cannot be read as YAML counts as a workflow, so that its errors are told.
fn is_workflow(source: &Source) -> bool {
    let mut ignored = Diagnostics::default();
    match syntax::yaml::parse(FileId::default(), &source.text, &mut ignored).map(|node| node.kind) {
        Some(NodeKind::Map(entries)) => entries.iter().any(|entry| entry.key.value == "main"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "greet:\n  params: [name]\n  steps:\n    - r: {return: '${\"hello \" + name}'}\n";

    fn names(compilations: &[Compilation]) -> Vec<&str> {
        compilations.iter().filter_map(|c| c.module.as_ref()).map(|m| m.name.as_str()).collect()
    }

    #[test]
    fn workflows_share_libraries() {
        let caller = "main:\n  steps:\n    - r: {return: '${greet(\"you\")}'}\n";
        let sources = vec![
            Source::new("flows/a.workflows.yaml", caller),
            Source::new("flows/shared.yaml", LIBRARY),
            Source::new("flows/b.json", r#"[{"r": {"return": 1}}]"#),
        ];
        let compilations = compile_all(sources, &Options::default());
        assert_eq!(names(&compilations), ["a", "b"]);
    }

    #[test]
    fn one_name_twice_is_refused() {
        let sources = vec![
            Source::new("x/a.yaml", "- r: {return: 1}\n"),
            Source::new("y/a.json", r#"[{"r": {"return": 1}}]"#),
        ];
        let error = check_names(&compile_all(sources, &Options::default())).unwrap_err();
        assert!(matches!(error, BundleError::DuplicateWorkflow { name, .. } if name == "a"));
    }

    #[test]
    fn a_subworkflow_in_two_libraries_is_an_error_with_both_places() {
        let sources = vec![
            Source::new("a.yaml", "- r: {return: 1}\n"),
            Source::new("one.yaml", LIBRARY),
            Source::new("two.yaml", LIBRARY),
        ];
        let compilations = compile_all(sources, &Options::default());
        assert_eq!(names(&compilations), Vec::<&str>::new());
        let report = compilations[0].report(crate::diagnostic::render::Style::Plain);
        assert!(report.contains("one.yaml:1:1") && report.contains("two.yaml:1:1"), "{report}");
    }

    #[test]
    fn libraries_alone_lack_main() {
        let compilations = compile_all(vec![Source::new("lib.yaml", LIBRARY)], &Options::default());
        assert!(compilations[0].has_errors());
    }
}
