//! Wrong command lines and surroundings: one clear sentence and exit code 2.

use cogwork_tests::command::{Outcome, command, run};

const HELLO: &str = "samples/workflows/hello.yaml";

/// Asserts exit code 2, nothing on standard output, and one sentence on standard error.
fn refused(outcome: &Outcome, sentence: &str) {
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    assert_eq!(outcome.out, "");
    assert!(outcome.err.contains(sentence), "{outcome:#?}");
}

#[test]
fn wrong_command_lines_are_refused() {
    refused(&run(&[]), "Usage: cogwork");
    refused(&run(&["frobnicate"]), "unrecognized subcommand 'frobnicate'");
    refused(&run(&["check"]), "<FILE>...");
    refused(&run(&["check", HELLO, "--format", "xml"]), "invalid value 'xml'");
    refused(&run(&["run", HELLO, "--dta", "1"]), "unexpected argument '--dta'");
    refused(&run(&["run", HELLO, "--env", "=1"]), "expected NAME=VALUE");
    refused(&run(&["build", HELLO, "--debug", "--dist"]), "cannot be used with");
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [["--help"], ["--version"]] {
        let outcome = run(&args);
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""));
        assert!(outcome.out.contains("cogwork"));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    for subcommand in ["check", "build", "run", "serve", "expand"] {
        let outcome = run(&[subcommand, "missing.yaml"]);
        refused_but_for_summary(&outcome, "error: cannot read `missing.yaml`: No such file or directory\n");
    }
    refused(&run(&["expand", "samples"]), "error: cannot read `samples`: it is a directory\n");
}

fn refused_but_for_summary(outcome: &Outcome, sentence: &str) {
    refused(outcome, sentence);
    let rest = outcome.err.replace(sentence, "");
    assert!(rest.is_empty() || rest == "0 files checked: no problems\n", "{outcome:#?}");
}

#[test]
fn a_wrong_argument_is_found_before_the_build() {
    // Without cargo there can be no build.
    let refusal = |data: &str| {
        let mut command = command(&["run", HELLO, "--data", data]);
        Outcome::of(&command.env_remove("CARGO").env("PATH", "").output().unwrap())
    };
    refused(&refusal("{\"name\": "), "error: --data is not JSON: EOF while parsing");
    refused(&refusal("@missing.json"), "error: cannot read `missing.json`: No such file or directory");
}

#[test]
fn a_missing_cargo_is_one_sentence() {
    let mut command = command(&["run", HELLO]);
    let outcome = Outcome::of(&command.env_remove("CARGO").env("PATH", "").output().unwrap());
    refused(
        &outcome,
        "error: cannot find cargo: install Rust (https://rustup.rs), or set CARGO to its path\n",
    );
    assert_eq!(outcome.err.lines().count(), 1, "{outcome:#?}");
}

#[test]
fn a_missing_runtime_is_one_sentence() {
    let outcome =
        Outcome::of(&command(&["run", HELLO]).env("COGWORK_RUNTIME_PATH", "/nowhere").output().unwrap());
    refused(&outcome, "error: there is no runtime in `/nowhere`, where COGWORK_RUNTIME_PATH points\n");
}

#[test]
fn a_cache_without_a_place_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let outcome =
        Outcome::of(&command(&["run", HELLO]).env("COGWORK_CACHE_DIR", file.path()).output().unwrap());
    refused(&outcome, "error: cannot create");
}
