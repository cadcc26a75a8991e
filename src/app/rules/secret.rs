//! Where alerts are posted, and with which secrets: from files and the environment, never shown. What stands in a URL
//! beside its host may be a secret too, so no URL is ever said whole.

use crate::app::files::why;
use crate::error::Error;
use crate::plan::Webhook;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use ureq::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use ureq::http::{HeaderMap, Uri};

/// No file of a URL or of headers is larger.
const MAX_BYTES: u64 = 64 << 10;
/// A bearer token for the webhook.
const TOKEN: &str = "SIGTOP_WEBHOOK_TOKEN";
/// Rights of those who are neither the owner nor of the group.
const OTHERS: u32 = 0o006;

/// Words by which a query gives away that it holds a secret.
const TELLING: [&str; 6] = ["token", "key", "secret", "sig", "auth", "pass"];
/// A part of a path that is this long and has digits is no word.
const LONG: usize = 20;

/// Whether a URL seems to hold a secret: a user, a query with a token, a path that only who was told it knows.
pub fn seems_secret(url: &str) -> bool {
    let (rest, user) = without_user(url);
    let (path, query) = rest.split_once('?').unwrap_or((&rest, ""));
    let query = query.to_lowercase();
    let is_random = |part: &str| part.len() >= LONG && part.contains(|c: char| c.is_ascii_digit());
    user.is_some() || TELLING.iter().any(|word| query.contains(word)) || path.split('/').skip(3).any(is_random)
}

/// Where to, and as whom.
pub struct Target {
    /// Without user and password.
    pub uri: Uri,
    /// Of every request.
    pub headers: HeaderMap,
}

impl Target {
    /// What is asked for, with what files and the environment say.
    ///
    /// # Errors
    /// A file that cannot be read, or that others can; what is no URL, or no header.
    pub fn of(webhook: &Webhook, complete: impl Fn(&str) -> String) -> Result<Target, Error> {
        let url = match webhook.url.strip_prefix('@') {
            Some(path) => read(Path::new(path), "the URL of the webhook")?,
            None => webhook.url.clone(),
        };
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        let headers = match &webhook.headers {
            Some(path) => headers(path)?,
            None => HeaderMap::new(),
        };
        Target::new(&complete(url.trim()), headers, token.as_deref())
    }

    /// The same, with all at hand.
    fn new(url: &str, mut headers: HeaderMap, token: Option<&str>) -> Result<Target, Error> {
        let (url, user) = without_user(url);
        let wrong = |what: &str| Error::usage(format!("the webhook: {what}"), "it is a URL: https://host/path");
        let uri: Uri = url.parse().map_err(|_| wrong("that is no URL"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong("only http:// and https:// are spoken here"));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(wrong("the URL names no host"));
        }
        let known = token.map(|token| format!("Bearer {token}"));
        let known = known.or_else(|| user.map(|user| format!("Basic {}", base64(&decoded(user)))));
        if let (Some(known), false) = (known, headers.contains_key(AUTHORIZATION)) {
            let mut value =
                HeaderValue::from_str(&known).map_err(|_| wrong("the token has characters that no header has"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Target { uri, headers })
    }

    /// What is said of it.
    pub fn name(&self) -> String {
        let (scheme, host) = (self.uri.scheme_str().unwrap_or_default(), self.uri.host().unwrap_or_default());
        match self.uri.port_u16() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }
}

/// Where a redirect leads, if it is to the same host, or from http to https there: nobody else gets what is posted here.
pub fn moved(from: &Uri, location: &str) -> Option<Uri> {
    if location.starts_with('/') && !location.starts_with("//") {
        let (scheme, authority) = (from.scheme_str()?, from.authority()?);
        return format!("{scheme}://{authority}{location}").parse().ok();
    }
    let to: Uri = location.parse().ok()?;
    let has_user = to.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let is_same = to.scheme_str() == from.scheme_str() && to.port_u16() == from.port_u16();
    let is_safer = (from.scheme_str(), to.scheme_str()) == (Some("http"), Some("https"));
    let is_its_host = to.host().is_some() && to.host().map(str::to_lowercase) == from.host().map(str::to_lowercase);
    Some(to).filter(|_| is_its_host && !has_user && (is_same || is_safer))
}

/// The URL without `user:password@`, and that.
fn without_user(url: &str) -> (String, Option<&str>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.into(), None) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{scheme}://{host}{path}"), Some(user)),
        None => (url.into(), None),
    }
}

/// `%40` is a byte.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// As RFC 4648 has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for part in bytes.chunks(3) {
        let byte = |at: usize| u32::from(part.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (word >> (18 - 6 * digit)) & 63;
            out.push(if digit > part.len() { '=' } else { char::from(DIGITS[value as usize]) });
        }
    }
    out
}

/// A file that others must not read.
fn read(path: &Path, what: &str) -> Result<String, Error> {
    let name = path.display();
    let cannot = |e: io::Error| {
        let why = if e.kind() == io::ErrorKind::NotFound { "no such file".into() } else { why(&e) };
        Error::usage(format!("cannot read {what} in {name}: {why}"), "")
    };
    let file = File::open(path).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    if meta.is_file() && meta.permissions().mode() & OTHERS != 0 {
        let hint = format!("chmod 600 {name}");
        return Err(Error::usage(format!("{name} may hold a secret, and everybody can read it"), hint));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::usage(format!("{name} is larger than 64 KiB: that is not {what}"), ""));
    }
    String::from_utf8(bytes).map_err(|_| Error::usage(format!("{name} is no text: not UTF-8"), ""))
}

/// `Name: value`, one a line; empty lines and those with `#` say nothing.
fn headers(path: &Path) -> Result<HeaderMap, Error> {
    let text = read(path, "the headers of the webhook")?;
    let mut headers = HeaderMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line itself is not said: it may hold the secret.
        let wrong =
            || Error::usage(format!("{}:{number}: that is no header", path.display()), "one a line: Name: value");
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, token: Option<&str>) -> Target {
        Target::new(url, HeaderMap::new(), token).unwrap()
    }

    #[test]
    fn a_user_in_the_url_is_a_header_and_is_never_said() {
        let with = target("https://us%40er:pa:ss@example.org:8443/hooks/T0KEN?x=1", None);
        assert_eq!(with.uri, "https://example.org:8443/hooks/T0KEN?x=1");
        assert_eq!(with.headers[AUTHORIZATION], "Basic dXNAZXI6cGE6c3M=");
        assert_eq!(with.name(), "https://example.org:8443");
        assert_eq!(target("http://u:p@h/", Some("t")).headers[AUTHORIZATION], "Bearer t");
        assert!(target("http://h/a@b", None).headers.is_empty());
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_secret_in_a_url_is_seen() {
        for url in [
            "https://u:p@h/",
            "https://h/x?access_TOKEN=1",
            "https://hooks.slack.com/services/T0/B0/a8Zq0123456789abcdefgh",
        ] {
            assert!(seems_secret(url), "{url}");
        }
        for url in
            ["http://am:9093/api/v2/alerts", "https://a-very-long-name-of-a-host-1234567890.example.org/alerts?x=1"]
        {
            assert!(!seems_secret(url), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in ["", "example.org", "ftp://x/", "http://", "http:///x", "file:///etc/passwd", "https://a b/"] {
            assert!(Target::new(url, HeaderMap::new(), None).is_err(), "{url}");
        }
        assert!(Target::new("http://x", HeaderMap::new(), Some("a\nb")).is_err());
    }

    #[test]
    fn nobody_else_gets_what_is_posted_here() {
        let from: Uri = "http://hook.org/a".parse().unwrap();
        let to = |location| moved(&from, location).map(|uri| uri.to_string());
        assert_eq!(to("/b?c").as_deref(), Some("http://hook.org/b?c"));
        assert_eq!(to("https://HOOK.org/b").as_deref(), Some("https://HOOK.org/b"));
        for other in [
            "http://evil.org/",
            "//evil.org/",
            "http://hook.org:81/",
            "http://x@hook.org/",
            "",
            "b",
            "http://hook.org.evil/",
        ] {
            assert_eq!(to(other), None, "{other}");
        }
        assert_eq!(moved(&"https://h/".parse().unwrap(), "http://h/"), None, "not out of TLS");
    }

    #[test]
    fn files_of_secrets_are_their_owners() {
        let path = std::env::temp_dir().join(format!("sigtop-{}-headers", std::process::id()));
        std::fs::write(&path, "# ours\nAuthorization: Bearer x\n\nX-Key : 1\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        assert!(headers(&path).unwrap_err().what.ends_with("everybody can read it"));
        mode(0o640);
        assert_eq!(headers(&path).unwrap().len(), 1 + 1);
        std::fs::write(&path, "X-Key: 1\ns3cret\n").unwrap();
        let wrong = headers(&path).unwrap_err();
        assert!(wrong.what.ends_with("-headers:2: that is no header") && !wrong.to_string().contains("s3cret"));
        std::fs::remove_file(path).unwrap();
    }
}
