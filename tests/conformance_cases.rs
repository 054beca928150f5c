//! The conformance tables: what each case runs and what has to come out.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the build script needs less of it than the test")]
pub struct Case {
    /// What it shows; unique in all tables.
    pub name: String,
    /// Where the fact stands, such as `language.md §16.5`.
    pub section: String,
    /// An expression without `${}`; the workflow returns its value.
    #[serde(default)]
    pub expression: Option<String>,
    /// A whole definition.
    #[serde(default)]
    pub workflow: Option<String>,
    /// The argument of `main`.
    #[serde(default)]
    pub argument: serde_json::Value,
    /// Expected: the result.
    #[serde(default, deserialize_with = "present")]
    pub result: Option<serde_json::Value>,
    /// Expected: an uncaught error with this tag.
    #[serde(default)]
    pub tag: Option<String>,
    /// Expected: an uncaught error with this payload.
    #[serde(default, deserialize_with = "present")]
    pub payload: Option<serde_json::Value>,
    /// Expected: an uncaught error whose message or context contains this.
    #[serde(default)]
    pub message: Option<String>,
    /// Expected: the compiler rejects it with this code.
    #[serde(default)]
    pub rejected: Option<String>,
    /// Expected: virtual seconds that it takes.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// Expected: what it logs, one `SEVERITY text|json PAYLOAD` per entry.
    #[serde(default)]
    pub log: Option<Vec<String>>,
    /// Whether it runs with the service's limits.
    #[serde(default)]
    pub google_limits: bool,
}

/// Tells an explicit null from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

impl Case {
    /// A name that is a file and module name.
    pub fn id(&self) -> String {
        let mut id = String::from("case_");
        for c in self.name.chars() {
            id.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        }
        id
    }

    /// The definition.
    pub fn definition(&self) -> String {
        match (&self.workflow, &self.expression) {
            (Some(workflow), _) => workflow.clone(),
            (None, Some(expression)) => {
                let quoted = serde_json::Value::from(format!("${{{expression}}}"));
                format!("- step:\n    return: {quoted}\n")
            }
            (None, None) => String::new(),
        }
    }

    /// The definition, unless it must be rejected.
    #[allow(dead_code, reason = "only the build script compiles")]
    #[allow(dead_code, reason = "only the build script needs it")]
    pub fn workflow_to_compile(&self) -> Option<String> {
        self.rejected.is_none().then(|| self.definition())
    }
}

/// All tables of a folder, in the order of their names.
pub fn read_all(folder: &Path) -> Vec<Vec<Case>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).expect("readable");
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        })
        .collect()
}
