//! Listening, and the `serve` command.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal;

use super::args::{ServeOptions, Shared};
use super::storage::{self, StoreUrl};
use super::{CommandError, engine, report};
use crate::api;
use crate::engine::Observer;
use crate::machine::Workflow;
use crate::store::StoreError;

/// How long effects and answers that are under way may take when the program is to end.
const GRACE: Duration = Duration::from_secs(10);

/// Says when the store begins to fail and when it works again.
#[derive(Debug)]
struct ShowStore;

impl Observer for ShowStore {
    fn store_failed(&self, error: &StoreError) {
        report(&format!("error: {error}; executions go on once it works again"));
    }

    fn store_recovered(&self) {
        report("the store works again");
    }
}

/// Binds an address. Beyond loopback only when that was asked for by name.
pub(super) async fn listen(
    address: SocketAddr,
    shared: &Shared,
) -> Result<(TcpListener, SocketAddr), CommandError> {
    if !address.ip().is_loopback() && !shared.allow_unauthenticated {
        return Err(CommandError::Usage(format!(
            "{address} can be reached from other machines and requests are not authenticated; listen on 127.0.0.1, or \
             add --allow-unauthenticated if that is what you want"
        )));
    }
    let failed = |source| CommandError::Listen { address: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

pub(super) async fn serve(
    workflows: &[&'static Workflow],
    options: ServeOptions,
) -> Result<ExitCode, CommandError> {
    let (listener, address) = listen(options.listen, &options.shared).await?;
    let store = options.store.unwrap_or_else(|| default_store(workflows));
    let store = storage::open(&store, options.shared.durability)?;
    let public_url = options.public_url.unwrap_or_else(|| format!("http://{address}"));
    let engine = engine(workflows, &options.shared, &public_url)?
        .store(store)
        .observer(Arc::new(ShowStore))
        .start()
        .await?;
    let names = engine.workflows().map(|w| w.name).collect::<Vec<_>>().join(", ");
    report(&format!("serving {names} on http://{address}"));
    let server = axum::serve(listener, api::router(engine.clone())).with_graceful_shutdown(stopped());
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        // The server may be done before we look, for the same reason.
        biased;
        () = stopped() => report("stopping"),
        ended = &mut server => return ended.map_or(Ok(ExitCode::SUCCESS), |result| Ok(result.map(|()| ExitCode::SUCCESS)?)),
    }
    engine.shutdown(GRACE).await;
    // A client that keeps its connection open does not hold up the exit.
    let _ = tokio::time::timeout(GRACE, server).await;
    Ok(ExitCode::SUCCESS)
}

/// A database in the working directory, called after the workflow.
fn default_store(workflows: &[&'static Workflow]) -> StoreUrl {
    match workflows {
        [only, rest @ ..] if rest.iter().all(|w| w.name == only.name) => {
            StoreUrl::Sqlite(format!("{}.db", only.name).into())
        }
        _ => StoreUrl::Sqlite("workflows.db".into()),
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn stopped() {
    let interrupt = async {
        // Without a handler the signal ends the process by itself, so there is nothing to wait for.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
