//! The real binary over real HTTP.

use std::process::{Command, Stdio};
use std::time::Duration;

use cogwork_tests::executions::{PARENT, create, ended, endpoint, get, until};
use cogwork_tests::server::{Answer, Server, lines, send};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_flows");

#[test]
fn a_callback_takes_its_execution_from_active_to_succeeded() {
    let server = Server::start(BINARY, &[]);
    let name = create(&server, "callback_basic", &Value::Null);
    let path = endpoint(&server, &name, 1);
    assert_eq!(get(&server, &name)["state"], json!("ACTIVE"));
    assert_eq!(
        get(&server, &name)["status"]["currentSteps"],
        json!([{"routine": "main", "step": "await_callback"}])
    );
    let wrong = server.send("DELETE", &path, None);
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST")));
    let accepted = server.send("POST", &format!("{path}?a=1&b=x%20y"), Some(&json!({"foo": "bar"})));
    assert_eq!((accepted.status, accepted.body.as_str()), (200, "{}"));
    let execution = ended(&server, &name);
    assert_eq!(execution["state"], json!("SUCCEEDED"));
    let result: Value = serde_json::from_str(execution["result"].as_str().unwrap()).unwrap();
    assert_eq!(result["body"], json!({"foo": "bar"}));
    assert_eq!(result["method"], json!("POST"));
    assert_eq!(result["query"], json!({"a": "1", "b": "x y"}));
    assert_eq!(result["headers"]["Content-Type"], json!("application/json"));
    assert!(path.ends_with(result["url"].as_str().unwrap().rsplit('/').next().unwrap()));
    assert_eq!(server.send("POST", &path, Some(&json!(1))).status, 404);
}

#[test]
fn a_second_request_is_refused_while_the_first_is_unprocessed() {
    let server = Server::start(BINARY, &[]);
    // The workflow opens its endpoint, sleeps, and only then awaits.
    let name = create(&server, "callback_late", &json!({"seconds": 2}));
    let path = endpoint(&server, &name, 0);
    let answers: Vec<u16> = (0..3).map(|n| server.send("POST", &path, Some(&json!(n))).status).collect();
    assert_eq!(answers, [200, 429, 429]);
    let execution = ended(&server, &name);
    assert_eq!(execution["result"], json!("0"));
    assert_eq!(server.send("POST", &path, Some(&json!(3))).status, 404);
}

#[test]
fn ten_requests_are_awaited_in_order() {
    let server = Server::start(BINARY, &[]);
    let name = create(&server, "callback_sequence", &json!(10));
    let path = endpoint(&server, &name, 1);
    for n in 0..10 {
        // A request that meets an unprocessed one is sent again, as a sender would.
        until("a free slot", || match server.send("POST", &path, Some(&json!(n))).status {
            200 => Some(()),
            429 => None,
            other => panic!("status {other}"),
        });
    }
    assert_eq!(ended(&server, &name)["result"], json!("[0,1,2,3,4,5,6,7,8,9]"));
}

#[test]
fn failures_and_wrong_requests_have_googles_shape() {
    let server = Server::start(BINARY, &[]);
    let name = create(&server, "inline_bodies", &json!(-1));
    let execution = ended(&server, &name);
    assert_eq!(execution["state"], json!("FAILED"));
    let error = &execution["error"];
    assert_eq!(error["payload"], json!("{\"message\":\"negative\",\"tags\":[\"ValueError\"]}"));
    assert!(
        error["context"]
            .as_str()
            .unwrap()
            .starts_with("negative\nin step \"route\", routine \"main\", line: ")
    );
    assert_eq!(error["stackTrace"]["elements"][0]["routine"], json!("main"));

    let refused = |answer: Answer, code: u16, status: &str| {
        assert_eq!(answer.status, code, "{}", answer.body);
        assert_eq!(answer.json()["error"]["status"], json!(status));
        assert_eq!(answer.json()["error"]["code"], json!(code));
    };
    let executions = format!("{PARENT}/jumps/executions");
    refused(
        server.send("POST", &executions, Some(&json!({"argument": "{not json"}))),
        400,
        "INVALID_ARGUMENT",
    );
    refused(server.send("POST", &executions, Some(&json!({"argument": 5}))), 400, "INVALID_ARGUMENT");
    refused(server.send("POST", &format!("{PARENT}/nothing/executions"), Some(&json!({}))), 404, "NOT_FOUND");
    refused(server.send("GET", &format!("{executions}/nothing"), None), 404, "NOT_FOUND");
    refused(server.send("GET", "/elsewhere", None), 404, "NOT_FOUND");
}

#[test]
fn executions_are_listed_newest_first_in_pages() {
    let server = Server::start(BINARY, &[]);
    let names: Vec<String> = (0..5).map(|_| create(&server, "jumps", &Value::Null)).collect();
    let list = |query: &str| server.send("GET", &format!("{PARENT}/jumps/executions?{query}"), None).json();
    let first = list("pageSize=3");
    let listed = |page: &Value| -> Vec<String> {
        page["executions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let second = list(&format!("pageSize=3&pageToken={}", first["nextPageToken"].as_str().unwrap()));
    let all: Vec<String> = listed(&first).into_iter().chain(listed(&second)).collect();
    assert_eq!(all, names.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(second["nextPageToken"], Value::Null);
}

#[test]
fn run_prints_the_url_then_the_result() {
    let (child, address, path) = run_until_url(&["--workflow", "callback_basic"]);
    assert_eq!(send(&address, "POST", &path, Some(&json!({"foo": "bar"}))).status, 200);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON on standard output");
    assert_eq!(result["body"], json!({"foo": "bar"}));
}

/// Starts `run` and waits for the URL; gives the process, host and path.
fn run_until_url(args: &[&str]) -> (std::process::Child, String, String) {
    let mut child = Command::new(BINARY)
        .arg("run")
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let stderr = lines(child.stderr.take().expect("piped"));
    let url = until("the URL", || {
        let line = stderr.recv_timeout(Duration::from_secs(30)).expect("a line");
        Some(line.strip_prefix("callback endpoint: POST http://")?.to_owned())
    });
    let (address, path) = url.split_once('/').expect("a path");
    (child, address.to_owned(), format!("/{path}"))
}

#[test]
fn run_goes_on_with_the_same_execution_after_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("run.db").display());
    let args = ["--workflow", "callback_basic", "--store", &store, "--execution", "order-7"];
    let (mut first, _, first_path) = run_until_url(&args);
    first.kill().expect("the process can be ended");
    first.wait().expect("it has ended");
    let (second, address, path) = run_until_url(&args);
    assert_eq!(path, first_path, "the callback id is the same");
    assert_eq!(send(&address, "POST", &path, Some(&json!("again"))).status, 200);
    let output = second.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON on standard output");
    assert_eq!(result["body"], json!("again"));
}

#[test]
fn sigterm_ends_the_server_and_the_execution_goes_on_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("serve.db").display());
    let server = Server::start_at(BINARY, "127.0.0.1:0", &["--store", &store]);
    let name = create(&server, "callback_basic", &Value::Null);
    let path = endpoint(&server, &name, 1);
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start_at(BINARY, "127.0.0.1:0", &["--store", &store]);
    assert_eq!(get(&server, &name)["state"], json!("ACTIVE"));
    assert_eq!(server.send("POST", &path, Some(&json!(1))).status, 200);
    assert_eq!(ended(&server, &name)["state"], json!("SUCCEEDED"));
}

fn flows(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(BINARY).args(args).output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn exit_codes_tell_success_failure_and_misuse_apart() {
    let (code, stdout, _) = flows(&["run", "--workflow", "subworkflows", "--data", "5"]);
    assert_eq!((code, stdout.as_str()), (Some(0), "[\"hello number 5\",120,\"hello a/bye b/7\",false]\n"));
    let (code, stdout, stderr) = flows(&["run", "--workflow", "inline_bodies", "--data", "-1"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("execution FAILED: negative"), "{stderr}");
    for (args, part) in [
        (vec!["run", "--workflow", "jumps", "--data", "{nope"], "--data is not JSON"),
        (vec!["run", "--workflow", "jumps", "--data", "@/does/not/exist"], "cannot read /does/not/exist"),
        (vec!["run", "--workflow", "nothing"], "there is no workflow `nothing`"),
        (vec!["run"], "say which workflow"),
        (vec!["run", "--nonsense"], "unexpected argument"),
        (vec!["run", "--workflow", "jumps", "--env", "novalue"], "NAME=VALUE"),
        (vec!["serve", "--listen", "0.0.0.0:0"], "--allow-unauthenticated"),
    ] {
        let (code, stdout, stderr) = flows(&args);
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
        assert!(stdout.is_empty(), "{args:?}: {stdout}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, _, stderr) = flows(&["serve", "--listen", &address]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with(&format!("error: cannot listen on {address}: ")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn the_definition_is_inside() {
    let (code, stdout, _) = flows(&["source", "--workflow", "jumps"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("path: ${path + \"a\"}"), "{stdout}");
    let (code, stdout, _) = flows(&["describe", "--workflow", "subworkflows"]);
    assert_eq!(code, Some(0));
    let description: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(description["workflow"], json!("subworkflows"));
    assert_eq!(description["routines"][0]["params"], json!([{"name": "n", "optional": false}]));
}

/// Runs the workflow that sends one request.
fn outgoing(argument: &Value, options: &[&str]) -> (Option<i32>, String, String) {
    let argument = argument.to_string();
    flows(&[&["run", "--workflow", "outgoing", "--data", &argument], options].concat())
}

#[test]
fn options_shape_what_goes_out() {
    let address = cogwork_tests::echo::start();
    let url = format!("http://{address}/");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("place.env");
    std::fs::write(&file, "# where\n\nPLACE=Oslo\nTIME=noon\n").expect("writable");
    let file = file.display().to_string();

    let (code, stdout, stderr) = outgoing(
        &json!({"url": url}),
        &["--env-file", &file, "--env", "TIME=midnight", "--allow-host", "127.0.0.1"],
    );
    assert_eq!(code, Some(0), "{stderr}");
    let seen: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(seen["body"], json!({"place": "Oslo", "time": "midnight"}));
    assert_eq!((seen["headers"].get("idempotency-key"), seen["headers"].get("authorization")), (None, None));

    let (code, stdout, stderr) = outgoing(
        &json!({"url": url, "auth": {"type": "OIDC", "audience": "there"}}),
        &[
            "--idempotency-header",
            "--execution",
            "e1",
            "--auth-token-command",
            "sh -c 'echo to-$COGWORK_AUTH_AUDIENCE'",
        ],
    );
    assert_eq!(code, Some(0), "{stderr}");
    let seen: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(seen["headers"]["authorization"], json!("Bearer to-there"));
    assert_eq!(seen["headers"]["idempotency-key"], json!("e1-0-0"));
    assert_eq!(
        seen["body"],
        json!({"place": "nowhere", "time": "never"}),
        "the host's environment stays out"
    );

    let (code, _, stderr) = outgoing(&json!({"url": url}), &["--allow-host", "*.example.com"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("ValueError: requests to host 127.0.0.1 are not allowed"), "{stderr}");
}

#[test]
fn wrong_options_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.env");
    std::fs::write(&file, "A=1\nHOME\n").expect("writable");
    let file = file.display().to_string();
    for (options, part) in [
        (vec!["--env-file", file.as_str()], "bad.env:2: expected NAME=VALUE"),
        (vec!["--env-file", "/does/not/exist"], "cannot read /does/not/exist"),
        (vec!["--allow-host", "http://a.test"], "`http://a.test` is no host"),
        (vec!["--auth-token-command", "'open"], "a quote is not closed"),
    ] {
        let (code, _, stderr) = outgoing(&json!({"url": "http://127.0.0.1:1/"}), &options);
        assert_eq!(code, Some(2), "{options:?}: {stderr}");
        assert!(stderr.contains(part), "{options:?}: {stderr}");
    }
}

#[test]
fn the_level_of_call_logging_is_an_option_and_a_field() {
    let (code, _, stderr) =
        flows(&["run", "--workflow", "jumps", "--call-log-level", "log-all-calls", "--data", "{}"]);
    assert!(code.is_some() && !stderr.contains("unexpected argument"), "{stderr}");
    let server = Server::start(BINARY, &[]);
    let path = format!("{PARENT}/callback_basic/executions");
    for (given, shown) in
        [(json!("LOG_ALL_CALLS"), json!("LOG_ALL_CALLS")), (json!(2), json!("LOG_ERRORS_ONLY"))]
    {
        let created = server.send("POST", &path, Some(&json!({"callLogLevel": given}))).json();
        assert_eq!(created["callLogLevel"], shown);
    }
    let begun =
        until("the log", || server.stderr.try_recv().ok().filter(|line| line.contains("EngineCallLog")));
    let entry: Value = serde_json::from_str(&begun).expect("a JSON line");
    assert_eq!(entry["jsonPayload"]["callee"], json!("events.create_callback_endpoint"));
    assert_eq!(server.send("POST", &path, Some(&json!({"callLogLevel": "LOUD"}))).status, 400);
    assert_eq!(
        server.send("POST", &path, Some(&json!({"callLogLevel": "CALL_LOG_LEVEL_UNSPECIFIED"}))).status,
        200
    );
}

#[test]
fn executions_and_callbacks_are_commands_of_the_program() {
    let server = Server::start(BINARY, &[]);
    let address = format!("http://{}", server.address);
    let ask = |args: &[&str]| flows(&[args, &["--server", &address]].concat());
    let id = |name: &str| name.rsplit('/').next().expect("a name").to_owned();
    let first = id(&create(&server, "callback_basic", &Value::Null));
    let second = create(&server, "callback_basic", &Value::Null);
    let path = endpoint(&server, &second, 1);
    let second = id(&second);

    let (code, stdout, stderr) = ask(&["executions", "list"]);
    assert_eq!(code, Some(0), "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{stdout}");
    assert!(lines[1].starts_with(&second) && lines[1].contains("ACTIVE"), "the newest first: {stdout}");
    assert!(lines[2].starts_with(&first) && lines[2].ends_with("callback_basic"), "{stdout}");

    let (code, stdout, _) = ask(&["callbacks", "list", &second]);
    let url = format!("{address}{}", path.replace("/p/locations/l/", "/local/locations/local/"));
    assert_eq!((code, stdout.as_str()), (Some(0), format!("POST    {url}  1 waiting\n").as_str()));
    let (code, _, stderr) = flows(&["callbacks", "send", &url, "--data", r#"{"a":1}"#]);
    assert_eq!(code, Some(0), "{stderr}");
    let (code, stdout, _) = ask(&["executions", "wait", &second]);
    let result: Value = serde_json::from_str(&stdout).expect("the result");
    assert_eq!((code, &result["body"]), (Some(0), &json!({"a": 1})));
    let (code, _, stderr) = flows(&["callbacks", "send", &url]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: the server answered 404: "), "{stderr}");

    let (code, _, stderr) = ask(&["executions", "wait", &first, "--timeout", "1ms"]);
    assert_eq!((code, stderr), (Some(1), format!("execution {first} has not ended yet\n")));
    assert_eq!(ask(&["executions", "cancel", &first]).0, Some(0));
    let (code, _, stderr) = ask(&["executions", "wait", &first]);
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("execution CANCELLED: "), "{stderr}");
    let (code, _, stderr) = ask(&["executions", "cancel", &first]);
    assert_eq!(
        (code, stderr),
        (Some(2), format!("error: the server answered 400: execution `{first}` has ended\n"))
    );

    let (_, stdout, _) = ask(&["executions", "list", "--state", "cancelled", "--format", "json"]);
    let listed: Value = serde_json::from_str(&stdout).expect("a list");
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let (_, stdout, _) = ask(&["executions", "describe", &first]);
    let described: Value = serde_json::from_str(&stdout).expect("an execution");
    assert_eq!((&described["state"], &described["name"]), (&json!("CANCELLED"), &listed[0]["name"]));

    let (code, _, stderr) = ask(&["executions", "describe", "nobody"]);
    assert_eq!(
        (code, stderr.as_str()),
        (Some(2), "error: the server answered 404: there is no execution `nobody`\n")
    );
    drop(server);
    let (code, _, stderr) = ask(&["executions", "list"]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with(&format!("error: cannot reach {address}: ")), "{stderr}");
}
