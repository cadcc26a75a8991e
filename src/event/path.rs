//! A path as a caller wrote it, made absolute without a look at the file system.

use std::borrow::Cow;

/// A path without `.`, `..` and needless slashes, from the root on where it is known from where: what the caller meant
/// if no directory on the way is a symlink.
pub fn absolute<'p>(cwd: &str, path: &'p str) -> Cow<'p, str> {
    let (from, is_clean) = match path.strip_prefix('/') {
        Some(below) => ("", !below.is_empty() && below.split('/').all(|part| !matches!(part, "" | "." | ".."))),
        None => (cwd, path.is_empty() || !cwd.starts_with('/')),
    };
    if is_clean {
        return Cow::Borrowed(path);
    }
    let mut parts = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_from_the_root_where_it_is_known_from_where() {
        for (cwd, path, expected) in [
            ("/home/me", "ls", "/home/me/ls"),
            ("/home/me", "./../you//bin/", "/home/you/bin"),
            ("/home", "../../..", "/"),
            ("/home", "/usr/bin/ls", "/usr/bin/ls"),
            ("/home", "/usr/./lib/..//bin/ls", "/usr/bin/ls"),
            ("", "./ls", "./ls"),
            (".../deep", "./ls", "./ls"),
            ("/home", "", ""),
        ] {
            assert_eq!(absolute(cwd, path), expected, "{path} in {cwd}");
        }
    }
}
