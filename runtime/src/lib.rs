//! The durable runtime that compiled workflows link to.
//!
//! Generated code computes; everything that touches the world is done here. From the bottom up: [`value`], [`ops`] and
//! [`error`] are the language's values; [`stdlib`] is its library; [`machine`] is what generated code implements;
//! [`execution`] is one execution as a pure state machine; [`store`] keeps executions; [`engine`] drives them; [`api`]
//! answers HTTP; [`serve`] is the command line of a generated binary.
//!
//! ```no_run
//! # async fn example(order: &'static cogwork::Workflow) -> Result<(), cogwork::EngineError> {
//! let engine = cogwork::Engine::builder().workflow(order).start().await?;
//! let execution = engine.create("order", cogwork::Value::Null, cogwork::CreateOptions::default()).await?;
//! let ended = engine.wait(&execution.id).await?;
//! assert_eq!(ended.state, cogwork::State::Succeeded);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod api;
pub mod auth;
pub mod effect;
pub mod engine;
pub mod error;
pub mod execution;
pub mod http;
pub mod machine;
pub mod ops;
pub mod serve;
pub mod stdlib;
pub mod store;
pub mod value;

#[cfg(feature = "macros")]
pub use cogwork_macros::include_workflow;

pub use engine::{CreateOptions, Engine, EngineError};
pub use machine::Workflow;
pub use store::{Record, State};
pub use value::Value;
