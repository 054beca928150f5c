//! Tokens from local stand-ins for Google's endpoints.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value as Json, json};

use super::jwt::since_epoch;
use super::{AuthSpec, CredentialOptions, GoogleCredentials, TokenError, TokenSource};
use crate::http::tests::server::{Act, Received, Server};

/// Made for these tests and used nowhere else.
const KEY: &str = include_str!("tests/key.pem");

fn oidc(audience: &str) -> AuthSpec {
    AuthSpec::Oidc { audience: audience.to_owned() }
}

fn oauth2(scopes: &[&str]) -> AuthSpec {
    AuthSpec::OAuth2 { scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect() }
}

/// A file that is removed when the test ends.
struct TempFile(PathBuf);

impl TempFile {
    fn new(content: &Json) -> Self {
        let path = std::env::temp_dir().join(format!("cogwork-{}.json", uuid::Uuid::new_v4()));
        std::fs::write(&path, content.to_string()).unwrap();
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn key_file(path: &Path) -> GoogleCredentials {
    GoogleCredentials::new(CredentialOptions {
        key_file: Some(path.to_owned()),
        ..CredentialOptions::default()
    })
}

fn form(request: &Received) -> std::collections::HashMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

/// An unsigned JWT that expires in `seconds`.
fn expiring(seconds: u64) -> String {
    let claims = json!({"exp": since_epoch().as_secs() + seconds});
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// The claims of a JWT whose signature belongs to [`KEY`].
fn verified(jwt: &str) -> Json {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = KeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public())
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let part = |text| serde_json::from_slice::<Json>(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    assert_eq!(part(header), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    part(claims)
}

#[tokio::test]
async fn a_service_account_signs_for_its_tokens() {
    let id_token = expiring(3600);
    let answer = json!({"id_token": id_token}).to_string();
    let server =
        Server::start(move |request| match verified(&form(request)["assertion"]).get("target_audience") {
            Some(_) => Act::ok_json(&answer),
            None => Act::ok_json(r#"{"access_token": "access", "expires_in": 3600, "token_type": "Bearer"}"#),
        })
        .await;
    let uri = server.url("/token");
    let file = TempFile::new(&json!({
        "type": "service_account", "client_email": "a@b", "private_key": KEY, "private_key_id": "k1", "token_uri": uri,
        "project_id": "p"
    }));
    let credentials = key_file(&file.0);
    for _ in 0..2 {
        assert_eq!(credentials.token(&oauth2(&["s1", "s2"])).await.unwrap(), "access");
        assert_eq!(credentials.token(&oidc("https://svc")).await.unwrap(), id_token);
    }
    let received = server.received();
    assert_eq!(received.len(), 2, "the second time they come from the cache");
    assert_eq!(form(&received[0])["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let claims = verified(&form(&received[0])["assertion"]);
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["scope"]),
        (&json!("a@b"), &json!(uri), &json!("s1 s2"))
    );
    let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert!(lifetime <= 3600 && claims["iat"].as_u64().unwrap().abs_diff(since_epoch().as_secs()) < 60);
    assert_eq!(verified(&form(&received[1])["assertion"])["target_audience"], "https://svc");
}

#[tokio::test]
async fn a_user_has_access_tokens_only() {
    let server = Server::always(Act::ok_json(r#"{"access_token": "access", "expires_in": 30}"#)).await;
    let file = TempFile::new(&json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": server.url("/token")
    }));
    let credentials = GoogleCredentials::new(CredentialOptions {
        user_file: Some(file.0.clone()),
        ..CredentialOptions::default()
    });
    for _ in 0..2 {
        assert_eq!(credentials.token(&oauth2(&["s"])).await.unwrap(), "access");
    }
    let received = server.received();
    assert_eq!(received.len(), 2, "a token that is about to expire is not kept");
    let sent = form(&received[0]);
    assert_eq!((sent["grant_type"].as_str(), sent["refresh_token"].as_str()), ("refresh_token", "r"));
    let error = credentials.token(&oidc("aud")).await.unwrap_err();
    assert!(error.to_string().contains("service account"), "{error}");
}

#[tokio::test]
async fn the_metadata_server_is_the_last_resort() {
    let id_token = expiring(3600);
    let answer = id_token.clone();
    let server = Server::start(move |request| {
        if request.target.contains("/identity?") {
            Act::reply("200 OK", &["Content-Type: text/html"], &answer)
        } else {
            Act::ok_json(r#"{"access_token": "access", "expires_in": 3600}"#)
        }
    })
    .await;
    let options = CredentialOptions {
        user_file: Some("/no/such/file".into()),
        metadata_host: Some(server.address.to_string()),
        ..CredentialOptions::default()
    };
    let credentials = GoogleCredentials::new(options);
    let base = "/computeMetadata/v1/instance/service-accounts/default";
    assert_eq!(credentials.token(&oauth2(&["a", "b"])).await.unwrap(), "access");
    assert_eq!(credentials.token(&oidc("https://svc")).await.unwrap(), id_token);
    let received = server.received();
    assert_eq!(received[0].target, format!("{base}/token?scopes=a%2Cb"));
    assert_eq!(received[1].target, format!("{base}/identity?audience=https%3A%2F%2Fsvc&format=full"));
    assert!(received.iter().all(|request| request.header("metadata-flavor") == Some("Google")));
}

#[tokio::test]
async fn failures_say_what_to_do() {
    let refusing = Server::always(Act::reply(
        "400 Bad Request",
        &["Content-Type: application/json"],
        r#"{"error": "invalid_grant", "error_description": "account not found"}"#,
    ))
    .await;
    let account = |key: &str| {
        json!({
            "type": "service_account", "client_email": "a@b", "private_key": key, "token_uri": refusing.url("/token")
        })
    };
    let files = [
        (account(KEY), "answered 400: invalid_grant: account not found"),
        (account("secret nonsense"), "no RSA key in PEM form"),
        (json!({"type": "external_account", "private_key": "secret nonsense"}), "token command"),
        (json!("secret nonsense"), "no service account key"),
    ];
    for (content, expected) in files {
        let file = TempFile::new(&content);
        let error = key_file(&file.0).token(&oidc("aud")).await.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("nonsense"), "{error}");
    }
    let error = key_file(Path::new("/no/such/file")).token(&oidc("aud")).await.unwrap_err().to_string();
    assert!(error.contains("/no/such/file"), "{error}");
    let (closed, listener) = Server::bind().await;
    drop(listener);
    let nothing =
        CredentialOptions { metadata_host: Some(closed.address.to_string()), ..CredentialOptions::default() };
    let error = GoogleCredentials::new(nothing).token(&oauth2(&["s"])).await.unwrap_err().to_string();
    assert!(error.contains("GOOGLE_APPLICATION_CREDENTIALS"), "{error}");
}

async fn by_command(script: &str, spec: &AuthSpec) -> Result<String, TokenError> {
    let command = Some(["sh", "-c", script].map(str::to_owned).to_vec());
    GoogleCredentials::new(CredentialOptions { command, ..CredentialOptions::default() }).token(spec).await
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_prints_the_token() {
    let print = "echo \" $COGWORK_AUTH_TYPE/$COGWORK_AUTH_AUDIENCE \"";
    assert_eq!(by_command(print, &oidc("aud")).await.unwrap(), "OIDC/aud");
    let scopes = "echo $COGWORK_AUTH_TYPE/$COGWORK_AUTH_SCOPES | tr ' ' ,";
    assert_eq!(by_command(scopes, &oauth2(&["a", "b"])).await.unwrap(), "OAuth2/a,b");
    for (script, expected) in [
        ("echo no login >&2; exit 3", "no login"),
        ("true", "must print one token"),
        ("echo two words", "must print one token"),
        ("exec yes", "failed"),
    ] {
        let error = by_command(script, &oidc("aud")).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{script}: {error}");
    }
    let missing = CredentialOptions {
        command: Some(vec!["/no/such/program".to_owned()]),
        ..CredentialOptions::default()
    };
    let error = GoogleCredentials::new(missing).token(&oidc("aud")).await.unwrap_err().to_string();
    assert!(error.contains("cannot be started"), "{error}");
}

#[tokio::test]
async fn one_fetch_serves_all_who_ask_at_the_same_time() {
    let cache = super::cache::Cache::default();
    let fetches = std::sync::atomic::AtomicUsize::new(0);
    let spec = oidc("aud");
    let ask = || {
        cache.get(&spec, async {
            fetches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(super::cache::Fresh { token: "t".to_owned(), lifetime: Duration::from_secs(3600) })
        })
    };
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), ("t".to_owned(), "t".to_owned(), "t".to_owned()));
    assert_eq!(fetches.into_inner(), 1);
}
