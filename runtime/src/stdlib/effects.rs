//! Library functions that touch the world: each checks its arguments and gives the effect to suspend on.

use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::machine::Context;
use crate::value::Value;

pub mod events;
pub mod executions;
pub mod executions_api;
pub mod sys;

/// `experimental.*`
pub mod experimental {
    pub use super::executions;
}

/// `googleapis.*`: one module for each part of a function's name.
pub mod googleapis {
    /// Defines the modules that lead to the functions of one version of the API.
    macro_rules! versions {
        ($($version:ident)*) => {
            $(
                #[doc = concat!("Version ", stringify!($version))]
                pub mod $version {
                    /// `projects.*`
                    pub mod projects {
                        /// `projects.locations.*`
                        pub mod locations {
                            /// `projects.locations.workflows.*`
                            pub mod workflows {
                                pub use crate::stdlib::effects::executions_api::$version as executions;
                            }
                        }
                    }
                }
            )*
        };
    }

    /// `googleapis.workflowexecutions.*`
    pub mod workflowexecutions {
        versions! { v1 v1beta }
    }
}

/// `http.*`
pub mod http {
    use super::{Context, Effect, Result};
    use crate::stdlib::http;
    use crate::value::Value;

    /// Defines the functions that all take the same parameters.
    macro_rules! requests {
        ($($name:ident($($param:ident),*);)*) => {
            $(
                #[doc = concat!("`http.", stringify!($name), "`")]
                ///
                /// # Errors
                ///
                /// `TypeError` and `ValueError` for bad arguments.
                #[allow(clippy::too_many_arguments, reason = "the parameters are the library function's")]
                pub fn $name(_: &Context, $($param: Value),*) -> Result<Box<Effect>> {
                    http::$name($($param),*).map(Box::new)
                }
            )*
        };
    }

    requests! {
        get(url, timeout, headers, query, auth, private_service_name, ca_certificate);
        post(url, timeout, body, headers, query, auth, private_service_name, ca_certificate);
        put(url, timeout, body, headers, query, auth, private_service_name, ca_certificate);
        patch(url, timeout, body, headers, query, auth, private_service_name, ca_certificate);
        delete(url, timeout, body, headers, query, auth, private_service_name, ca_certificate);
        request(method, url, timeout, body, headers, query, auth, private_service_name, ca_certificate);
    }
}

/// The longest wait in seconds: one year, the longest that an execution can last.
const LONGEST_WAIT: f64 = 31_536_000.0;

/// A number of seconds that something may wait; `default` stands for null.
fn seconds(parameter: &str, value: &Value, default: Option<f64>) -> Result<f64> {
    match (value, default, value.as_number()) {
        (Value::Null, Some(default), _) => Ok(default),
        (_, _, Some(seconds)) if (0.0..=LONGEST_WAIT).contains(&seconds) => Ok(seconds),
        (_, _, Some(seconds)) => Err(Error::value_error(format!(
            "{parameter} must be between 0 and {LONGEST_WAIT} seconds; got: {seconds}"
        ))),
        (other, _, None) => Err(Error::type_error(format!(
            "{parameter} must be a number of seconds; got: {}",
            other.type_name()
        ))),
    }
}

/// A string.
fn text(parameter: &str, value: &Value) -> Result<String> {
    match value {
        Value::Str(text) => Ok(text.to_string()),
        other => Err(Error::type_error(format!("{parameter} must be a string; got: {}", other.type_name()))),
    }
}
