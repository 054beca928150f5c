//! The macro `include_workflow!` of the crate `cogwork`, which re-exports it.

#![forbid(unsafe_code)]

use std::path::PathBuf;

use cogwork_compiler::diagnostic::Severity;
use cogwork_compiler::diagnostic::render::{Style, render};
use cogwork_compiler::ir::Module;
use cogwork_compiler::{Options, Source, codegen, compile, workflow_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// Compiles a workflow into the crate: `include_workflow!("workflows/order.yaml")` becomes `pub mod order { … }` with
/// `order::WORKFLOW`, which an engine takes.
///
/// The path is relative to the package (the directory of its `Cargo.toml`). Further paths are libraries of
/// subworkflows. `as NAME` at the end gives the workflow another name than that of its first file, and the module with
/// it: `include_workflow!("workflows/order.yaml", as order_v2)`.
///
/// The crate is compiled again when a file changes. What is wrong in a definition is a compile error that names the
/// place in the definition. Warnings are not shown here; `cogwork check` shows them.
#[proc_macro]
pub fn include_workflow(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse::<Input>(input) {
        Ok(input) => expand(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

struct Input {
    paths: Vec<LitStr>,
    name: Option<Ident>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut paths = vec![input.parse()?];
        let mut name = None;
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.peek(Token![as]) {
                input.parse::<Token![as]>()?;
                name = Some(input.parse()?);
                input.parse::<Option<Token![,]>>()?;
                break;
            }
            if !input.is_empty() {
                paths.push(input.parse()?);
            }
        }
        if input.is_empty() {
            Ok(Self { paths, name })
        } else {
            Err(input.error("expected the end of the macro"))
        }
    }
}

fn expand(input: &Input) -> TokenStream {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let mut sources = Vec::new();
    let mut errors = TokenStream::new();
    let mut dependencies = TokenStream::new();
    for literal in &input.paths {
        let path = root.join(literal.value());
        match Source::read(&path, literal.value()) {
            Ok(source) => {
                sources.push(source);
                // Cargo watches what is included; it does not see what a macro reads.
                let path = path.to_string_lossy();
                dependencies.extend(quote!(
                    const _: &[u8] = ::core::include_bytes!(#path);
                ));
            }
            Err(error) => errors.extend(compile_error(literal.span(), &error.to_string())),
        }
    }
    let options = Options { name: input.name.as_ref().map(Ident::to_string), ..Options::default() };
    let generated = if errors.is_empty() { compiled(input, sources, &options) } else { Err(errors) };
    match generated {
        Ok(module) => quote!(#module #dependencies),
        Err(errors) => {
            let placeholder = placeholder(input, &options);
            quote!(#errors #placeholder #dependencies)
        }
    }
}

/// The workflow's module, or a `compile_error!` for each thing that is wrong.
fn compiled(input: &Input, sources: Vec<Source>, options: &Options) -> Result<TokenStream, TokenStream> {
    let compilation = compile(sources, options);
    compilation.tokens().ok_or_else(|| {
        let wrong = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        wrong
            .map(|diagnostic| {
                let literal = input.paths.get(usize::from(diagnostic.span.file.0));
                let span = literal.map_or_else(Span::call_site, LitStr::span);
                compile_error(span, render(diagnostic, &compilation.sources, Style::Plain).trim_end())
            })
            .collect()
    })
}

/// An empty workflow of the same name, so that the code that uses it adds no errors of its own.
fn placeholder(input: &Input, options: &Options) -> TokenStream {
    let file = || input.paths.first().map(|path| workflow_name(&path.value()));
    let name = options.name.clone().or_else(file).unwrap_or_default();
    codegen::generate(&Module::placeholder(name), &options.runtime)
}

fn compile_error(span: Span, message: &str) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error!(#message);)
}

#[cfg(test)]
mod tests;
