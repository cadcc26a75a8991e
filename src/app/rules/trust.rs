//! Whose word a webhook's certificate needs. Who names authorities (SSL_CERT_FILE) wants these and no others: a file of them
//! that cannot be read is an error before anything begins, and is never replaced by what others trust.

use crate::app::files::why;
use crate::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Certificates that this machine trusts, where the distributions have them.
const ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Whom the user trusts, or else this machine, or else browsers. Where the user's are there no more, nobody.
pub fn roots() -> RootCerts {
    if let Some(path) = named() {
        return RootCerts::new_with_certs(&certificates(&path).unwrap_or_default());
    }
    match ROOTS.iter().find_map(|path| certificates(path.as_ref()).ok()) {
        Some(certificates) if !certificates.is_empty() => RootCerts::new_with_certs(&certificates),
        _ => RootCerts::WebPki,
    }
}

/// The file in which the user says whom to trust.
fn named() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

fn certificates(path: &Path) -> io::Result<Vec<Certificate<'static>>> {
    let pem = fs::read(path)?;
    let certificate = |item| if let Ok(PemItem::Certificate(found)) = item { Some(found) } else { None };
    Ok(parse_pem(&pem).filter_map(certificate).collect())
}

/// That there is somebody to trust where the user says whom.
///
/// # Errors
/// What is wrong with his file.
pub fn check_named() -> Result<(), Error> {
    let Some(path) = named() else { return Ok(()) };
    let what = match certificates(&path) {
        Ok(found) if !found.is_empty() => return Ok(()),
        Ok(_) => "there is no certificate in it".into(),
        Err(e) if e.kind() == ErrorKind::NotFound => "no such file".into(),
        Err(e) => why(&e),
    };
    let what = format!("cannot tell from {} whom to trust: {what}", path.display());
    Err(Error::environment(what, "SSL_CERT_FILE names it; without that, this machine's own certificates hold"))
}
