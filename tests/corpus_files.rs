//! Real workflows that lie outside this repository, when they are at hand: read by the build script and by the test.

use std::path::{Path, PathBuf};
use std::{env, fs};

use cogwork_compiler::diagnostic::{Code, Severity};
use cogwork_compiler::{Compilation, Options, Source, compile};
use serde_yaml::{Mapping, Value};

/// A file of the corpus.
pub struct CorpusFile {
    /// Its path below the corpus folder.
    pub name: String,
    pub text: String,
}

/// Where the corpus should be: `COGWORK_CORPUS`, else `shared/corpus` beside the workspace.
pub fn folder() -> PathBuf {
    env::var_os("COGWORK_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from)
}

/// All workflows of the corpus by name; none when it is not at hand.
pub fn read_all() -> Vec<CorpusFile> {
    let root = folder();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if matches!(path.extension().and_then(|end| end.to_str()), Some("yaml" | "yml" | "json")) {
                let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
                files.push(CorpusFile { name, text: fs::read_to_string(&path).expect("a readable text") });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

impl CorpusFile {
    /// The name without `.yaml` or `.json`, which twins have in common.
    pub fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// Compiles the file as it is.
    pub fn compile(&self) -> Compilation {
        self.compile_text(self.text.clone())
    }

    /// Compiles the file, with a harmless call in the place of every call that is not available.
    pub fn compile_stubbed(&self) -> Compilation {
        let compilation = self.compile();
        let missing: Vec<&str> = compilation
            .diagnostics
            .iter()
            .filter(|d| d.code == Code::FunctionNotAvailable && d.severity == Severity::Error)
            .map(|d| compilation.sources.slice(d.span).trim_matches('"'))
            .collect();
        if missing.is_empty() {
            return compilation;
        }
        let mut definition: Value = serde_yaml::from_str(&self.text).expect("YAML or JSON");
        stub(&mut definition, &missing);
        self.compile_text(serde_yaml::to_string(&definition).expect("memory"))
    }

    fn compile_text(&self, text: String) -> Compilation {
        let name = self.stem().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let options = Options { name: Some(name), ..Options::default() };
        compile(vec![Source::new(self.name.as_str(), text)], &options)
    }
}

fn stub(value: &mut Value, missing: &[&str]) {
    match value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| stub(item, missing)),
        Value::Mapping(map) => {
            if map.get("call").and_then(Value::as_str).is_some_and(|callee| missing.contains(&callee)) {
                map.insert("call".into(), "sys.get_env".into());
                map.insert("args".into(), Mapping::from_iter([("name".into(), "STUB".into())]).into());
            }
            map.values_mut().for_each(|item| stub(item, missing));
        }
        _ => {}
    }
}
