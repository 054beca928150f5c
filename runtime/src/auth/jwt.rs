//! JSON Web Tokens: signs the assertions of service accounts, and reads when a token expires.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value as Json, json};

use super::TokenError;

/// Signs `claims` with RS256. `private_key` is PEM text.
pub(super) fn sign(claims: &Json, private_key: &str, key_id: Option<&str>) -> Result<String, TokenError> {
    let unusable = || TokenError::new("the private key of the service account is no RSA key in PEM form");
    let key = match PrivateKeyDer::from_pem_slice(private_key.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(der)) => {
            KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| unusable())?
        }
        Ok(PrivateKeyDer::Pkcs1(der)) => KeyPair::from_der(der.secret_pkcs1_der()).map_err(|_| unusable())?,
        _ => return Err(unusable()),
    };
    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    if let (Some(key_id), Some(header)) = (key_id, header.as_object_mut()) {
        header.insert("kid".to_owned(), key_id.into());
    }
    let signed = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| TokenError::new("signing with the private key of the service account failed"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// How long a token is valid yet, if it is a JWT that says so.
pub(super) fn remaining(token: &str) -> Option<Duration> {
    let claims = token.split('.').nth(1)?;
    let claims: Json =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()?;
    let expires = Duration::try_from_secs_f64(claims.get("exp")?.as_f64()?).ok()?;
    Some(expires.saturating_sub(since_epoch()))
}

/// The time now, since the Unix epoch.
pub(super) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn part(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}
