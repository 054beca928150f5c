//! The environment variables of workflows, as the command line gives them. The host's own are never among them.

use std::collections::BTreeMap;

use super::CommandError;
use super::args::{Shared, parse_env};

/// Variables of the files in their order, and then of the command line; later ones win.
///
/// # Errors
///
/// A file that cannot be read, or a line of it that is no `NAME=VALUE`.
pub(super) fn variables(options: &Shared) -> Result<BTreeMap<String, String>, CommandError> {
    let mut variables = BTreeMap::new();
    for path in &options.env_file {
        let path = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| CommandError::Read { path: path.clone(), source })?;
        let read = read(&text)
            .map_err(|(line, problem)| CommandError::Usage(format!("{path}:{line}: {problem}")))?;
        variables.extend(read);
    }
    variables.extend(options.env.iter().cloned());
    Ok(variables)
}

/// The lines of a file; everything behind the first `=` is the value, without quotes or escapes. An error names its
/// line, from 1.
fn read(text: &str) -> Result<Vec<(String, String)>, (usize, String)> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if !line.is_empty() && !line.starts_with('#') {
            variables.push(parse_env(line).map_err(|problem| (index + 1, problem))?);
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_variables() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let text = "# places\n\nA=1\r\n  B=x = \"y\" # z\nC=\n";
        let expected = vec![pair("A", "1"), pair("B", "x = \"y\" # z"), pair("C", "")];
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read("A=1\nHOME\n"), Err((2, "expected NAME=VALUE".to_owned())));
        assert_eq!(read("=1"), Err((1, "expected NAME=VALUE".to_owned())));
    }
}
