//! `hash.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/hash/compute_checksum>).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::arguments::{bytes, text};
use crate::error::{Error, Result};
use crate::value::Value;

/// `hash.compute_checksum`: the digest of bytes.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for an unknown algorithm.
pub fn compute_checksum(data: Value, algorithm: Value) -> Result {
    let data = bytes("data", data)?;
    let algorithm = text("algorithm", algorithm)?;
    let digest = match algorithm.as_str() {
        "MD5" => Md5::digest(&data).to_vec(),
        "SHA1" => Sha1::digest(&data).to_vec(),
        "SHA224" => Sha224::digest(&data).to_vec(),
        "SHA256" => Sha256::digest(&data).to_vec(),
        "SHA384" => Sha384::digest(&data).to_vec(),
        "SHA512" => Sha512::digest(&data).to_vec(),
        other => return Err(unknown(other)),
    };
    Ok(Value::Bytes(digest.into()))
}

/// `hash.compute_hmac`: the keyed digest of bytes.
///
/// # Errors
///
/// `TypeError` for arguments of the wrong type, `ValueError` for an unknown algorithm.
pub fn compute_hmac(key: Value, data: Value, algorithm: Value) -> Result {
    let key = bytes("key", key)?;
    let data = bytes("data", data)?;
    let algorithm = text("algorithm", algorithm)?;
    let code = match algorithm.as_str() {
        "MD5" => code::<Hmac<Md5>>(&key, &data),
        "SHA1" => code::<Hmac<Sha1>>(&key, &data),
        "SHA224" => code::<Hmac<Sha224>>(&key, &data),
        "SHA256" => code::<Hmac<Sha256>>(&key, &data),
        "SHA384" => code::<Hmac<Sha384>>(&key, &data),
        "SHA512" => code::<Hmac<Sha512>>(&key, &data),
        other => return Err(unknown(other)),
    };
    code.map(|code| Value::Bytes(code.into()))
}

fn code<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    // HMAC takes keys of any length.
    let mut mac =
        <M as KeyInit>::new_from_slice(key).map_err(|_| Error::value_error("the key has a wrong length"))?;
    mac.update(data);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn unknown(algorithm: &str) -> Error {
    Error::value_error(format!(
        "algorithm must be MD5, SHA1, SHA224, SHA256, SHA384 or SHA512; got: {algorithm}"
    ))
}
