//! The standard library as the compiler knows it: names, parameters, and how a call is made.
//!
//! One table drives the checks of names and arguments and the code that is generated for a call.

/// A library function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// Dotted name, such as `text.split`.
    pub name: &'static str,
    /// Parameters in positional order.
    pub params: &'static [Parameter],
    /// How a call is made.
    pub kind: FunctionKind,
    /// Whether it may only be called by a call step (`language.md` §10.3).
    pub blocking: bool,
    /// Whether the runtime has it; a call of one that it has not is a compile error which says so.
    pub available: bool,
}

/// A parameter of a library function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// How the runtime performs a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A plain function of its arguments.
    Pure,
    /// A function that also reads the execution's surroundings (clock, randomness, environment).
    Contextual,
    /// Something that touches the world: the machine suspends on an effect.
    Effect,
}

pub mod reference;
mod table;

/// A constant object of the library, which expressions read through its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// Dotted name, such as `http.default_retry`.
    pub name: &'static str,
    /// Whether it is a whole retry policy, which as a value of its own is only legal as `retry`.
    pub policy: bool,
}

/// The function with this dotted name.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    table::FUNCTIONS
        .binary_search_by_key(&name, |function| function.name)
        .ok()
        .and_then(|at| table::FUNCTIONS.get(at))
}

/// All functions, sorted by name.
#[must_use]
pub fn all() -> &'static [Function] {
    table::FUNCTIONS
}

/// The object with this dotted name.
#[must_use]
pub fn object(name: &str) -> Option<&'static Object> {
    table::OBJECTS.iter().find(|object| object.name == name)
}

/// All objects, sorted by name.
#[must_use]
pub fn objects() -> &'static [Object] {
    table::OBJECTS
}

/// Whether the name belongs to a connector: a function over one of Google's APIs, Kubernetes clusters included.
#[must_use]
pub fn is_connector(name: &str) -> bool {
    name.starts_with("googleapis.") || name.starts_with("gke.")
}

impl Function {
    /// The position of a parameter.
    #[must_use]
    pub fn position(&self, parameter: &str) -> Option<usize> {
        self.params.iter().position(|p| p.name == parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete_sorted_and_sound() {
        // The 60 documented functions, math.floor, and four methods of two versions of the Executions API.
        assert_eq!(all().len(), 69);
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
        for function in all() {
            assert_eq!(lookup(function.name), Some(function));
            let first_optional = function.params.iter().position(|p| !p.required).unwrap_or(usize::MAX);
            assert!(
                function.params.iter().skip(first_optional.min(function.params.len())).all(|p| !p.required),
                "{}: required parameter behind an optional one",
                function.name
            );
            assert!(!function.blocking || function.kind == FunctionKind::Effect, "{}", function.name);
        }
        assert_eq!(lookup("text.spilt"), None);
    }

    #[test]
    fn parameters_have_the_documented_order() {
        let hmac = lookup("hash.compute_hmac").unwrap();
        assert_eq!(hmac.params.iter().map(|p| p.name).collect::<Vec<_>>(), ["key", "data", "algorithm"]);
        assert_eq!(lookup("http.get").unwrap().position("body"), None);
        assert_eq!(lookup("http.request").unwrap().position("url"), Some(1));
    }

    #[test]
    fn exactly_the_documented_functions_block() {
        let blocking: Vec<_> = all().iter().filter(|f| f.blocking).map(|f| f.name).collect();
        assert_eq!(
            blocking,
            [
                "events.await_callback",
                "experimental.executions.map",
                "experimental.executions.run",
                "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.cancel",
                "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.create",
                "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.get",
                "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run",
                "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.cancel",
                "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.create",
                "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.get",
                "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.run",
                "http.delete",
                "http.get",
                "http.patch",
                "http.post",
                "http.put",
                "http.request",
                "sys.log",
                "sys.sleep",
                "sys.sleep_until",
            ]
        );
    }
}
