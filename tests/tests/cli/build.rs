//! `cogwork build`: programs that stand alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use cogwork_tests::command::{Outcome, command, run};
use serde_json::json;

#[test]
fn a_built_program_runs_by_itself() {
    // The same place each time, so that the cache of built programs does not grow with every test run.
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build");
    fs::create_dir_all(&directory).unwrap();
    let definition = directory.join("greet.yaml");
    fs::copy(cogwork_tests::command::workspace().join("samples/workflows/hello.yaml"), &definition).unwrap();
    let build = || {
        Outcome::of(&command(&["build", "--debug", "greet.yaml"]).current_dir(&directory).output().unwrap())
    };
    let first = build();
    assert_eq!((first.code, first.out.as_str()), (Some(0), ""), "{first:#?}");
    let program = directory.join("greet");
    let call = |args: &[&str]| Outcome::of(&Command::new(&program).args(args).output().unwrap());
    assert_eq!(call(&["run", "--data", r#"{"name": "Ada"}"#]).json(), json!("Hello, Ada!"));
    assert_eq!(call(&["describe"]).json()["workflow"], "greet");
    assert_eq!(call(&["source"]).out, fs::read_to_string(&definition).unwrap());
    // An edit of the definition gives another program in the same place.
    let text = fs::read_to_string(&definition).unwrap().replace("Hello", "Good morning");
    fs::write(&definition, text).unwrap();
    assert_eq!(build().code, Some(0));
    assert_eq!(call(&["run"]).json(), json!("Good morning, world!"));
}

#[test]
fn a_program_never_takes_the_place_of_a_directory_or_its_definition() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let hello = "samples/workflows/hello.yaml";
    let outcome = run(&["build", hello, "-o", path]);
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    assert!(outcome.err.contains("that is a directory; choose another path with -o"), "{outcome:#?}");
    let outcome = run(&["build", hello, "-o", hello]);
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    assert!(outcome.err.contains("that is the definition itself"), "{outcome:#?}");
}
