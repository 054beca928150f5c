//! What tests ask a server about executions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::Server;

/// What names of workflows stand behind.
pub const PARENT: &str = "/v1/projects/p/locations/l/workflows";

/// Starts an execution; gives its name.
pub fn create(server: &Server, workflow: &str, argument: &Value) -> String {
    let body = json!({"argument": argument.to_string()});
    let answer = server.send("POST", &format!("{PARENT}/{workflow}/executions"), Some(&body));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let execution = answer.json();
    assert_eq!(execution["state"], json!("ACTIVE"));
    execution["name"].as_str().expect("a name").to_owned()
}

/// An execution as it is now.
pub fn get(server: &Server, name: &str) -> Value {
    let answer = server.send("GET", &format!("/v1/{name}"), None);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "waited too long for {what}");
        // The machine has other work to do meanwhile.
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The path of the execution's only callback endpoint, once `waiters` steps wait on it.
pub fn endpoint(server: &Server, name: &str, waiters: usize) -> String {
    until("the endpoint", || {
        let callbacks = server.send("GET", &format!("/v1/{name}/callbacks"), None).json();
        let callback = callbacks["callbacks"].get(0)?;
        (callback["waiters"] == json!(waiters.to_string()))
            .then(|| format!("/v1/{}", callback["name"].as_str().expect("a name")))
    })
}

/// An execution once it has ended.
pub fn ended(server: &Server, name: &str) -> Value {
    until("the end", || {
        let execution = get(server, name);
        (execution["state"] != json!("ACTIVE")).then_some(execution)
    })
}
