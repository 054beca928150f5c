//! `cogwork run`: exit codes, results and callbacks of the whole path.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use cogwork_tests::command::{Outcome, command, run};
use serde_json::{Value, json};

/// Ends a program that a failed test leaves behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A definition in the same place each time, so that the cache of built programs does not grow with every test run.
fn workflow(name: &str, text: &str) -> String {
    let path = format!("{}/{name}.yaml", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_result_is_json_on_standard_output() {
    let outcome = run(&["run", "samples/workflows/primes.yaml", "--data", r#"{"count": 6}"#]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(outcome.json(), json!([2, 3, 5, 7, 11, 13]));
}

#[test]
fn arguments_come_from_standard_input_and_the_environment_from_options() {
    let file = workflow(
        "place",
        "main:\n  params: [args]\n  steps:\n    - a:\n        return: ${args + sys.get_env(\"PLACE\")}\n",
    );
    let mut child = command(&["run", &file, "--data", "-", "--env", "PLACE=Rom"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"\"nach \"").unwrap();
    let outcome = Outcome::of(&child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(outcome.json(), json!("nach Rom"));
}

#[test]
fn a_failed_execution_exits_with_1() {
    let file = workflow("failing", "- a:\n    raise: \"that went wrong\"\n");
    let outcome = run(&["run", &file]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(1), ""), "{outcome:#?}");
    assert!(outcome.err.contains("that went wrong"), "{outcome:#?}");
}

#[test]
fn options_of_the_program_are_its_own() {
    let outcome = run(&["run", "samples/workflows/hello.yaml", "--", "--listen", "nowhere"]);
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    assert!(outcome.err.contains("invalid value 'nowhere'"), "{outcome:#?}");
}

#[test]
fn a_callback_ends_the_execution() {
    let mut running = Running(
        command(&["run", "samples/workflows/callback_post.yaml"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines.next().expect("the callback URL is shown").unwrap();
        if let Some((_, url)) = line.split_once("http://") {
            break url.to_owned();
        }
    };
    let (authority, path) = url.split_once('/').unwrap();
    let answer = post(authority, path.trim(), r#"{"foo":"bar"}"#);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut out = String::new();
    running.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["type"], "HTTP");
    assert_eq!(result["http_request"]["method"], "POST");
    assert_eq!(result["http_request"]["body"], json!({"foo": "bar"}));
    assert_eq!(result["http_request"]["url"], format!("/{}", path.trim()));
}

fn post(authority: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(authority).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
