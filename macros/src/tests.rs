//! The expansion, outside of a compiler run.

use super::*;

fn expansion(input: &str) -> String {
    expand(&syn::parse_str(input).unwrap()).to_string()
}

/// A definition beside this package's manifest; its path as the macro takes it, and as it is.
fn definition(name: &str, text: &str) -> (String, PathBuf) {
    let directory = std::env::temp_dir().join(format!("cogwork-macros-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    (format!("{:?}", path.display().to_string()), path)
}

#[test]
fn a_workflow_becomes_a_module_and_a_file_that_cargo_watches() {
    let (literal, path) = definition("order-one.yaml", "- a:\n    return: 1\n");
    let code = expansion(&literal);
    assert!(code.contains("pub mod order_one"), "{code}");
    assert!(code.contains(&format!("include_bytes ! ({:?})", path.display().to_string())), "{code}");
    assert!(!code.contains("compile_error"), "{code}");
    assert!(expansion(&format!("{literal}, as order_two")).contains("pub mod order_two"));
}

#[test]
fn errors_name_the_place_and_leave_a_module_behind() {
    let (literal, path) = definition("broken.yaml", "- a:\n    return: ${unknown}\n");
    let code = expansion(&literal);
    assert_eq!(code.matches("compile_error").count(), 1, "{code}");
    assert!(code.contains(&format!("{}:2:15", path.display())), "{code}");
    assert!(code.contains("pub mod broken"), "{code}");
    assert!(code.contains("include_bytes"), "{code}");
}

#[test]
fn a_missing_file_is_an_error() {
    let code = expansion("\"nowhere/order.yaml\"");
    assert!(code.contains("cannot read `"), "{code}");
    assert!(code.contains("nowhere/order.yaml"), "{code}");
    assert!(code.contains("pub mod order"), "{code}");
}

#[test]
fn subworkflows_may_stand_in_files_of_their_own() {
    let (main, _) = definition("main.yaml", "main:\n  steps:\n    - a:\n        return: ${helper()}\n");
    let (library, _) = definition("library.yaml", "helper:\n  steps:\n    - a:\n        return: 1\n");
    let code = expansion(&format!("{main}, {library},"));
    assert!(!code.contains("compile_error"), "{code}");
    assert_eq!(code.matches("include_bytes").count(), 2, "{code}");
}

#[test]
fn anything_else_is_refused() {
    for input in ["", "order", "\"a\" \"b\"", "\"a\", as", "\"a\", as b, \"c\"", "\"a\", as b c"] {
        assert!(syn::parse_str::<Input>(input).is_err(), "{input}");
    }
}
