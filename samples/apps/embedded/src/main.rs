//! An application with a workflow inside: the definition decides, the application asks.
//!
//! `cargo run -p sample-embedded -- '{"kilograms": 3, "country": "DE", "total": 20}'`

#![allow(clippy::print_stdout, reason = "an application that prints its result")]

use std::error::Error;

use cogwork::{CreateOptions, Engine, Value};

cogwork::include_workflow!("workflows/shipping.yaml");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let order =
        std::env::args().nth(1).unwrap_or_else(|| r#"{"kilograms": 3, "country": "DE", "total": 20}"#.into());
    println!("{}", price(&order).await?);
    Ok(())
}

/// The price of the parcel for an order in JSON.
async fn price(order: &str) -> Result<String, Box<dyn Error>> {
    let engine = Engine::builder().workflow(&shipping::WORKFLOW).start().await?;
    let order = Value::from_json_text(order)?;
    let execution = engine.create("shipping", order, CreateOptions::default()).await?;
    let ended = engine.wait(&execution.id).await?;
    match ended.failure {
        Some(failure) => Err(failure.context.into()),
        None => Ok(ended.result.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn prices() {
        let price = async |kilograms: i64, country: &str, total: i64| {
            price(&format!(r#"{{"kilograms": {kilograms}, "country": "{country}", "total": {total}}}"#))
                .await
                .unwrap()
        };
        assert_eq!(price(1, "DE", 20).await, "5");
        assert_eq!(price(15, "DE", 20).await, "19");
        assert_eq!(price(15, "DE", 100).await, "0");
        assert_eq!(price(3, "FR", 100).await, "18");
    }

    #[tokio::test]
    async fn an_order_without_weight_is_an_error() {
        assert!(price("{}").await.is_err());
        assert!(price("no JSON").await.is_err());
    }
}
