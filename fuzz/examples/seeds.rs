//! Fills `corpus/` with the definitions and expressions that stand in the tests and samples.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_yaml::Value;

fn main() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut definitions = Vec::new();
    let mut expressions = Vec::new();
    for folder in ["../tests/workflows", "../samples/workflows"] {
        definitions.extend(read_all(&here.join(folder))?);
    }
    for table in read_all(&here.join("../tests/conformance"))? {
        let cases: Value = serde_yaml::from_str(&table).map_err(io::Error::other)?;
        for case in cases.as_sequence().into_iter().flatten() {
            let text = |key: &str| case.get(key).and_then(Value::as_str).map(str::to_owned);
            definitions.extend(text("workflow"));
            expressions.extend(text("expression"));
        }
    }
    expressions.extend(definitions.iter().flat_map(|text| embedded(text)));
    expressions.sort();
    expressions.dedup();
    write_all(&here.join("corpus/yaml_to_ir"), &definitions)?;
    write_all(&here.join("corpus/expression"), &expressions)
}

fn read_all(folder: &Path) -> io::Result<Vec<String>> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.sort();
    files.iter().filter(|file| file.is_file()).map(fs::read_to_string).collect()
}

/// What stands between `${` and the next `}`, which is near enough for a seed.
fn embedded(text: &str) -> Vec<String> {
    let starts = text.split("${").skip(1);
    starts.filter_map(|rest| rest.split_once('}')).map(|(expression, _)| expression.to_owned()).collect()
}

fn write_all(folder: &Path, texts: &[String]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (index, text) in texts.iter().enumerate() {
        fs::write(folder.join(format!("seed-{index:04}")), text)?;
    }
    Ok(())
}
