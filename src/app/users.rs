//! The users of this machine, by name: /etc/passwd, read once. Who is known only to a directory service is not in it;
//! a filter takes their number all the same.

use std::sync::Arc;

/// Names and ids; none where the file cannot be read.
pub fn read() -> Arc<[(String, u32)]> {
    let passwd = std::fs::read("/etc/passwd").unwrap_or_default();
    String::from_utf8_lossy(&passwd).lines().filter_map(user).collect()
}

/// `name:password:uid:...`
fn user(line: &str) -> Option<(String, u32)> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| !name.is_empty())?;
    Some((name.into(), fields.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_no_user_are_passed_over() {
        assert_eq!(user("alice:x:1000:1000:Alice:/home/alice:/bin/sh"), Some(("alice".into(), 1000)));
        for line in ["", ":x:1:1", "+::::::", "nobody", "x:y:z"] {
            assert_eq!(user(line), None, "{line}");
        }
    }
}
