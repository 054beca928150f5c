//! The text of the generated package's files.

use crate::project::{Program, Runtime};

/// The whole `Cargo.toml`.
pub(super) fn text(name: &str, runtime: &Runtime) -> String {
    let runtime = match runtime {
        Runtime::Path(path) => format!("path = {}", toml_string(&path.to_string_lossy())),
        Runtime::Version => format!("version = \"={}\"", env!("CARGO_PKG_VERSION")),
    };
    format!(
        r#"# Written by cogwork. Changes are lost with the next build.
[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
cogwork = {{ {runtime}, default-features = false }}

[workspace]

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false

[profile.release]
strip = "symbols"

[profile.dist]
inherits = "release"
opt-level = "z"
lto = "fat"
codegen-units = 1
panic = "abort"
"#
    )
}

/// The whole `main.rs`.
pub(super) fn main(program: &Program<'_>) -> String {
    let workflows: Vec<String> =
        program.modules.iter().map(|module| format!("&{module}::WORKFLOW")).collect();
    format!(
        "{}\nfn main() -> ::std::process::ExitCode {{\n    ::cogwork::serve::main(&[{}])\n}}\n",
        program.rust,
        workflows.join(", ")
    )
}

/// A TOML basic string.
fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn paths_are_quoted() {
        let manifest = text("order-0", &Runtime::Path(PathBuf::from("C:\\a \"b\"\n")));
        assert!(
            manifest.contains(r#"cogwork = { path = "C:\\a \"b\"\u000A", default-features = false }"#),
            "{manifest}"
        );
    }

    #[test]
    fn without_a_path_the_version_is_exact() {
        let manifest = text("order-0", &Runtime::Version);
        assert!(manifest.contains(concat!("version = \"=", env!("CARGO_PKG_VERSION"), "\"")), "{manifest}");
    }
}
