//! Certificates that are held already. An intermediate stands in the file of every leaf below it: it is parsed once and
//! shared, and goes when the last file that holds it goes.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
};

use super::{Certificate, Fingerprint, ParseError};

/// So many threads may look at once without waiting for each other.
const SHARDS: usize = 16;

type Shard = Mutex<HashMap<Fingerprint, Weak<Certificate>>>;

static KNOWN: LazyLock<[Shard; SHARDS]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

/// Parses the bytes of a certificate, unless the same bytes are held already. What comes back depends on the bytes alone.
pub fn certificate(der: &[u8]) -> Result<Arc<Certificate>, ParseError> {
    let fingerprint = Fingerprint::of(der);
    let shard = &KNOWN[usize::from(fingerprint.0[0]) % SHARDS];
    let lock = || shard.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&fingerprint).and_then(Weak::upgrade) {
        return Ok(known);
    }
    let parsed = Arc::new(Certificate::parse(der)?);
    lock().insert(fingerprint, Arc::downgrade(&parsed));
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::certificate;

    #[test]
    fn the_same_bytes_are_one_certificate() {
        let der = include_bytes!("../../testdata/pki/server.der").to_vec();
        let (first, second) = (certificate(&der).unwrap(), certificate(&der).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        let mut longer = der;
        longer.push(0);
        assert_eq!(certificate(&longer).unwrap().trailing, 1, "other bytes are another certificate");
    }
}
