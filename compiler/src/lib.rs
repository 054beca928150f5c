//! Compiles Google Cloud Workflows definitions to durable Rust state machines.
//!
//! Data flows one way: source text → [`syntax`] tree → [`ast`] → [`analyze`] → [`program`] → [`ir`] → [`codegen`].
//! [`compile`] runs all of it; the command line, the macro and [`build_script`] are thin faces over it.

#![forbid(unsafe_code)]

pub mod analyze;
pub mod ast;
pub mod build_script;
pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
pub mod codegen;
pub mod diagnostic;
pub mod graph;
pub mod ir;
pub mod limits;
pub mod program;
#[cfg(feature = "cli")]
pub mod project;
pub mod signatures;
pub mod source;
pub mod syntax;

use proc_macro2::TokenStream;

pub use crate::build_script as build;
use crate::diagnostic::{Diagnostic, Diagnostics};
pub use crate::limits::Limits;
pub use crate::source::{Source, SourceMap};

/// What to compile for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The workflow's name; by default the first file's name without directory and extension.
    pub name: Option<String>,
    /// Sizes that the definition must keep to.
    pub limits: Limits,
    /// Path of the runtime crate in the generated code.
    pub runtime: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: None, limits: Limits::default(), runtime: "::cogwork".to_owned() }
    }
}

/// The outcome of [`compile`].
#[derive(Debug, Clone)]
pub struct Compilation {
    /// The files, for rendering diagnostics.
    pub sources: SourceMap,
    /// Everything there is to say, by place in the source.
    pub diagnostics: Vec<Diagnostic>,
    /// The state machines; present exactly when no diagnostic is an error.
    pub module: Option<ir::Module>,
    runtime: String,
}

impl Compilation {
    /// Whether the workflow cannot be compiled.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.module.is_none()
    }

    /// The generated module `pub mod NAME { … }` as tokens. Without a module: nothing.
    #[must_use]
    pub fn tokens(&self) -> Option<TokenStream> {
        self.module.as_ref().map(|module| codegen::generate(module, &self.runtime))
    }

    /// The generated module as formatted Rust text.
    #[must_use]
    pub fn rust(&self) -> Option<String> {
        self.tokens().map(|tokens| codegen::format(tokens, self.module.as_ref()))
    }

    /// The same with another name of the Rust module, for an earlier revision beside the present one.
    #[must_use]
    pub fn rust_as(&self, module_name: &str) -> Option<String> {
        let module = self.module.as_ref()?;
        Some(codegen::format(codegen::generate_as(module, &self.runtime, module_name), Some(module)))
    }

    /// All diagnostics as text for people.
    #[must_use]
    pub fn report(&self, style: diagnostic::render::Style) -> String {
        self.diagnostics.iter().map(|d| diagnostic::render::render(d, &self.sources, style)).collect()
    }
}

/// Compiles one workflow: the file that defines `main`, and libraries of subworkflows beside it.
///
/// Never fails and never panics: what is wrong stands in [`Compilation::diagnostics`].
#[must_use]
pub fn compile(sources: Vec<Source>, options: &Options) -> Compilation {
    let mut map = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let name = options
        .name
        .clone()
        .or_else(|| sources.first().map(|source| workflow_name(&source.name)))
        .unwrap_or_default();
    let mut documents = Vec::new();
    for source in sources {
        let file = map.add(source);
        if limits::check_source(map.text(file), file, &options.limits, &mut diagnostics)
            && let Some(tree) = syntax::yaml::parse(file, map.text(file), &mut diagnostics)
            && let Some(document) = ast::from_tree(&tree, file, &mut diagnostics)
        {
            documents.push(document);
        }
    }
    let program = if diagnostics.has_errors() && documents.is_empty() {
        None
    } else {
        analyze::analyze(&documents, &map, &options.limits, &mut diagnostics)
    };
    let module = match program {
        Some(program) if !diagnostics.has_errors() => {
            Some(ir::lower(&program, &name, &map, options.limits.is_google()))
        }
        _ => None,
    };
    Compilation {
        sources: map,
        diagnostics: diagnostics.into_sorted(),
        module,
        runtime: options.runtime.clone(),
    }
}

/// The name of the workflow in a file: its file name without `.workflows.yaml`, `.yaml`, `.yml` or `.json`.
#[must_use]
pub fn workflow_name(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = [".yaml", ".yml", ".json"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    stem.strip_suffix(".workflows").unwrap_or(stem).to_owned()
}
