//! The command `graph`.

use std::path::Path;

use crate::cli::args::{Graph, GraphFormat};
use crate::cli::{CliError, SUCCESS, Terminal, compiled};
use crate::graph::{self, Format};
use crate::project::{ProjectError, output};

/// Draws the control flow of a definition.
pub(super) fn graph(options: &Graph, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    if let Some(path) = &options.output {
        output::check(path, &options.file)?;
    }
    let format = options.format.map_or_else(|| by_ending(options.output.as_deref()), Format::from);
    let compilation = compiled(&options.file, terminal)?;
    let text = compilation.module.as_ref().map(|module| graph::render(module, format)).transpose()?;
    let text = text.unwrap_or_default();
    match &options.output {
        Some(path) => std::fs::write(path, text).map_err(ProjectError::io("write", path))?,
        None => terminal.output(&text),
    }
    Ok(SUCCESS)
}

fn by_ending(output: Option<&Path>) -> Format {
    match output.and_then(Path::extension).and_then(|ending| ending.to_str()) {
        Some("svg") => Format::Svg,
        Some("dot" | "gv") => Format::Dot,
        Some("json") => Format::Json,
        _ => Format::Mermaid,
    }
}

impl From<GraphFormat> for Format {
    fn from(format: GraphFormat) -> Self {
        match format {
            GraphFormat::Mermaid => Self::Mermaid,
            GraphFormat::Dot => Self::Dot,
            GraphFormat::Svg => Self::Svg,
            GraphFormat::Json => Self::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_when_no_format_is_given() {
        assert_eq!(by_ending(Some(Path::new("a.b/flow.svg"))), Format::Svg);
        assert_eq!(by_ending(Some(Path::new("flow.gv"))), Format::Dot);
        assert_eq!(by_ending(Some(Path::new("flow"))), Format::Mermaid);
        assert_eq!(by_ending(None), Format::Mermaid);
    }
}
