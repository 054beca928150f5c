//! Undoes gzip and deflate while a body arrives; what comes out is bounded, whatever goes in.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Why a body could not be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is over the limit, decoded.
    TooLarge,
    /// It is not what `Content-Encoding` says.
    Corrupt,
}

/// Takes the body of a response piece by piece.
pub(super) enum Decoder {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    /// Which of the two forms of deflate it is shows in the first two bytes; until then they wait here.
    Undecided(Vec<u8>, Bounded),
    Zlib(Box<ZlibDecoder<Bounded>>),
    Deflate(Box<DeflateDecoder<Bounded>>),
}

impl Decoder {
    /// A decoder that gives at most `limit` bytes, and whether it changes what it takes.
    pub(super) fn new(content_encoding: Option<&str>, limit: usize) -> (Self, bool) {
        let out = Bounded { bytes: Vec::new(), limit, full: false };
        match content_encoding.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            Some("gzip" | "x-gzip") => (Self::Gzip(Box::new(MultiGzDecoder::new(out))), true),
            Some("deflate") => (Self::Undecided(Vec::new(), out), true),
            _ => (Self::Plain(out), false),
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Refused> {
        if let Self::Undecided(head, out) = self {
            head.extend_from_slice(chunk);
            let [first, second, ..] = head.as_slice() else { return Ok(()) };
            // RFC 1950: compression method 8, and the two bytes as one number are a multiple of 31.
            let is_zlib = first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0;
            let head = std::mem::take(head);
            let out = std::mem::take(out);
            *self = if is_zlib {
                Self::Zlib(Box::new(ZlibDecoder::new(out)))
            } else {
                Self::Deflate(Box::new(DeflateDecoder::new(out)))
            };
            return self.write(&head);
        }
        self.write(chunk)
    }

    /// The decoded body. `received` tells whether any byte came: no bytes are an empty body in every encoding.
    pub(super) fn finish(mut self, received: bool) -> Result<Vec<u8>, Refused> {
        if !received {
            return Ok(Vec::new());
        }
        let result = match &mut self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Undecided(..) => return Err(Refused::Corrupt),
        };
        self.check(&result)?;
        Ok(std::mem::take(&mut self.out().bytes))
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), Refused> {
        let result = match self {
            Self::Plain(out) | Self::Undecided(_, out) => out.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
            Self::Zlib(decoder) => decoder.write_all(chunk),
            Self::Deflate(decoder) => decoder.write_all(chunk),
        };
        self.check(&result)
    }

    fn check(&mut self, result: &io::Result<()>) -> Result<(), Refused> {
        match result {
            _ if self.out().full => Err(Refused::TooLarge),
            Ok(()) => Ok(()),
            Err(_) => Err(Refused::Corrupt),
        }
    }

    fn out(&mut self) -> &mut Bounded {
        match self {
            Self::Plain(out) | Self::Undecided(_, out) => out,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
        }
    }
}

/// Bytes up to a limit.
#[derive(Default)]
pub(super) struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.limit.saturating_sub(self.bytes.len()) {
            self.full = true;
            return Err(io::Error::other("over the limit"));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
