//! The connections of this process: one pool, made when the first request is sent.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

pub(crate) use super::failure::innermost;
use reqwest::{Certificate, Client, ClientBuilder};

/// How many private roots have a pool of their own at a time.
const PRIVATE_POOLS: usize = 8;
/// Idle connections that are kept per host.
const IDLE_PER_HOST: usize = 32;
/// How long an idle connection is kept. Common servers close theirs after five seconds; a request that is sent just then is
/// lost, and only the workflow can know whether it may be repeated.
const IDLE_TIME: Duration = Duration::from_secs(4);

/// Pooled connections.
#[derive(Debug)]
pub(crate) struct Transport {
    proxies: bool,
    shared: OnceLock<Result<Client, String>>,
    rootless: OnceLock<Result<Client, String>>,
    direct: OnceLock<Result<Client, String>>,
    private: Mutex<Vec<(Vec<u8>, Client)>>,
}

impl Transport {
    /// No connection and no client yet. `proxies`: whether the usual environment variables name a proxy.
    pub(crate) fn new(proxies: bool) -> Self {
        Self {
            proxies,
            shared: OnceLock::new(),
            rootless: OnceLock::new(),
            direct: OnceLock::new(),
            private: Mutex::default(),
        }
    }

    /// The pool that trusts the system's roots. A system without roots can still do plain http.
    pub(crate) fn shared(&self, is_https: bool) -> Result<Client, String> {
        let shared = self.shared.get_or_init(|| build(self.builder())).clone();
        if is_https || shared.is_ok() {
            return shared;
        }
        self.rootless.get_or_init(|| build(self.builder().tls_certs_only([]))).clone()
    }

    /// The pool for plain http to the machine's own metadata server, which no proxy can reach.
    pub(crate) fn direct(&self) -> Result<Client, String> {
        self.direct.get_or_init(|| build(self.builder().no_proxy().tls_certs_only([]))).clone()
    }

    /// A pool that trusts one DER certificate and nothing else.
    pub(crate) fn private(&self, certificate: &[u8]) -> Result<Client, String> {
        let mut pools = self.private.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = pools.iter().position(|(known, _)| known == certificate) {
            let pool = pools.remove(index);
            let client = pool.1.clone();
            pools.push(pool);
            return Ok(client);
        }
        let root = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
        let client = build(self.builder().tls_certs_only([root]))?;
        if pools.len() >= PRIVATE_POOLS {
            pools.remove(0);
        }
        pools.push((certificate.to_vec(), client.clone()));
        Ok(client)
    }

    fn builder(&self) -> ClientBuilder {
        // An application may have chosen its provider already; that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_TIME);
        if self.proxies { builder } else { builder.no_proxy() }
    }
}

fn build(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| innermost(&error))
}
