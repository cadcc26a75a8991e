//! assets/sigtop.service: that systemd takes it, and that `sigtop serve` takes what it starts.

use crate::daemon::installed;
use std::path::{Path, PathBuf};
use std::process::Command;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sigtop.service")
}

/// The values of a key, in order.
fn values(key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file()).unwrap();
    let values = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    values.map(str::to_string).collect()
}

/// Those that it gives to the program.
pub fn capabilities() -> Vec<String> {
    let ambient = values("AmbientCapabilities");
    assert_eq!(ambient, values("CapabilityBoundingSet"));
    ambient.iter().flat_map(|line| line.split_whitespace()).map(str::to_string).collect()
}

#[test]
fn what_it_starts_is_a_command_line_of_this_program() {
    use clap::Parser;
    let starts = values("ExecStart");
    let [start] = &starts[..] else { panic!("{starts:?}") };
    let words: Vec<&str> = start.split_whitespace().collect();
    assert_eq!(words[0], "/usr/bin/sigtop");
    let args = sigtop::cli::Args::try_parse_from(words).unwrap();
    let Some(sigtop::cli::Command::Serve(serve)) = args.command else { panic!("{start}") };
    let state = format!("/var/lib/{}", values("StateDirectory")[0]);
    assert_eq!(serve.record.as_deref(), Some(Path::new(&state)));
    let runtime = format!("/run/{}", values("RuntimeDirectory")[0]);
    assert_eq!(serve.socket.as_deref().and_then(Path::parent), Some(Path::new(&runtime)));
    assert_eq!(values("Type"), ["notify"]);
    assert!(capabilities().contains(&"CAP_BPF".into()) && !capabilities().contains(&"CAP_KILL".into()));
}

/// The program need not be installed where the unit says: it is checked with the one that was built.
#[test]
fn systemd_finds_nothing_wrong_in_it() {
    let Some(analyze) = installed("systemd-analyze") else { return };
    let room = crate::daemon::Room::new("unit");
    let unit = room.at("sigtop.service");
    let text = std::fs::read_to_string(file()).unwrap().replace("/usr/bin/sigtop", crate::daemon::SIGTOP);
    std::fs::write(&unit, text).unwrap();
    std::fs::set_permissions(&unit, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let output = Command::new(analyze).args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("sigtop")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}
