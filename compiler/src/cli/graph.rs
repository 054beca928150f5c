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
    use std::ffi::{OsStr, OsString};

    use super::*;

    #[test]
    fn a_picture_is_written_where_it_is_wanted() {
        let directory = std::env::temp_dir().join(format!("cogwork-graph-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (file, picture) = (directory.join("flow.yaml"), directory.join("flow.svg"));
        std::fs::write(&file, "main: {steps: [{a: {return: 1}}]}").unwrap();
        let run = |arguments: &[&OsStr]| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let command = ["cogwork", "graph"].map(OsString::from).into_iter();
            let command = command.chain(arguments.iter().map(OsString::from));
            let code = crate::cli::run(command, &mut Terminal::buffers(&mut out, &mut err));
            (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
        };
        let (code, out, err) = run(&[file.as_ref()]);
        assert_eq!((code, out.starts_with("flowchart TD\n"), err.as_str()), (SUCCESS, true, ""));
        let (code, out, _) = run(&[file.as_ref(), "-o".as_ref(), picture.as_ref()]);
        assert_eq!((code, out.as_str()), (SUCCESS, ""));
        let text = std::fs::read_to_string(&picture).unwrap();
        let (code, _, err) = run(&[file.as_ref(), "-o".as_ref(), file.as_ref()]);
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(text.starts_with("<svg "));
        assert!(code == crate::cli::FAILURE && err.contains("the definition itself"), "{err}");
    }

    #[test]
    fn the_ending_decides_when_no_format_is_given() {
        assert_eq!(by_ending(Some(Path::new("a.b/flow.svg"))), Format::Svg);
        assert_eq!(by_ending(Some(Path::new("flow.gv"))), Format::Dot);
        assert_eq!(by_ending(Some(Path::new("flow"))), Format::Mermaid);
        assert_eq!(by_ending(None), Format::Mermaid);
    }
}
