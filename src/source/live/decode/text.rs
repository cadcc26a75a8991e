//! The texts in a record: up to a NUL, and paths as the kernel side walks them. Bytes that are not UTF-8 become U+FFFD.

/// Text up to the first NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Components, innermost first, each ended by NUL, to a path. The root of a file system that is mounted nowhere is one too.
pub(super) fn directory(bytes: &[u8], cut: bool) -> String {
    let names: Vec<&[u8]> = bytes.split(|b| *b == 0).filter(|name| !matches!(name, [] | [b'/'])).collect();
    let mut path = String::from(if cut { "..." } else { "" });
    for name in names.iter().rev() {
        path.push('/');
        path.push_str(&String::from_utf8_lossy(name));
    }
    if path.is_empty() { "/".into() } else { path }
}
