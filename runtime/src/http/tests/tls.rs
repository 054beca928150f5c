//! TLS with a private root.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use super::server::{self, Act, Server};
use super::{client, get, json, message, tag};
use crate::http::HttpRequest;

/// A server whose certificate was issued for `name`, and the DER certificate of the issuer.
async fn tls_server(name: &str) -> (u16, Vec<u8>) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (server, listener) = Server::bind().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                server::answer(stream, &|_| Act::ok_json("1"), &Mutex::default()).await;
            }
        }
    });
    (server.address.port(), authority.der().to_vec())
}

#[tokio::test]
async fn a_private_root_replaces_the_systems() {
    let (port, root) = tls_server("localhost").await;
    let url = format!("https://localhost:{port}/");
    let trusting = HttpRequest { ca_certificate: Some(root.clone()), ..get(&url) };
    let client = client();
    assert_eq!(json(client.send(&trusting, None).await.unwrap().get("body").unwrap()), "1");
    let (_, other_root) = tls_server("localhost").await;
    let wrong_name = format!("https://127.0.0.1:{port}/");
    for request in [
        get(&url),
        HttpRequest { ca_certificate: Some(other_root), ..get(&url) },
        HttpRequest { ca_certificate: Some(root), ..get(&wrong_name) },
    ] {
        let error = client.send(&request, None).await.unwrap_err();
        assert_eq!(tag(&error), "ConnectionFailedError", "{}", message(&error));
    }
    let request = HttpRequest { ca_certificate: Some(b"no certificate".to_vec()), ..get(&url) };
    assert_eq!(tag(&client.send(&request, None).await.unwrap_err()), "ValueError");
}
