//! The build script in a directory of its own, without cargo.

use super::*;

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("cogwork-build-script-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("out")).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn compile(&self, files: &[&PathBuf]) -> Result<(), BuildError> {
        Config::new().out_dir(self.0.join("out")).runtime_path("::other::cogwork").compile(files)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The operating system clears what is left over.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_file_becomes_a_rust_file_that_is_written_once() {
    let scratch = Scratch::new("written");
    let order = scratch.file("order-approval.yaml", "- a:\n    return: 1\n");
    scratch.compile(&[&order]).unwrap();
    let rust = scratch.0.join("out/order_approval.rs");
    let text = fs::read_to_string(&rust).unwrap();
    assert!(text.contains("pub mod order_approval {"), "{text}");
    assert!(text.contains("use ::other::cogwork::__private as rt;"), "{text}");
    let written = rust.metadata().unwrap().modified().unwrap();
    scratch.compile(&[&order]).unwrap();
    assert_eq!(written, rust.metadata().unwrap().modified().unwrap());
}

#[test]
fn the_errors_of_all_files_are_one_readable_error() {
    let scratch = Scratch::new("errors");
    let good = scratch.file("good.yaml", "- a:\n    return: 1\n");
    let first = scratch.file("first.yaml", "- a:\n    return: ${unknown}\n");
    let second = scratch.file("second.yaml", "- a:\n    next: nowhere\n");
    let error = scratch.compile(&[&first, &good, &second]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("{}:2:15", first.display())), "{text}");
    assert!(text.contains(&format!("{}:2:11", second.display())), "{text}");
    assert_eq!(format!("{error:?}"), text, "Rust prints the Debug form of an error that main returns");
}

#[test]
fn what_cannot_be_compiled_at_all_is_named() {
    let scratch = Scratch::new("named");
    let missing = scratch.0.join("missing.yaml");
    assert!(matches!(scratch.compile(&[&missing]), Err(BuildError::Read(_))));
    let one = scratch.file("order-a.yaml", "- a:\n    return: 1\n");
    let other = scratch.file("order_a.json", "[{\"a\": {\"return\": 1}}]");
    let clash = scratch.compile(&[&one, &other]).unwrap_err();
    assert!(clash.to_string().contains("both give the module `order_a`"), "{clash}");
    let nowhere = Config::new().out_dir(scratch.0.join("nowhere")).compile(&[&one]);
    assert!(matches!(nowhere, Err(BuildError::Write { .. })));
}
