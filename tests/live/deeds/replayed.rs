//! The same alerts live and replayed: the lines of `--alert-log`, byte for byte. Announcements of what was folded are left
//! out: the end of the stream, at which those are told that are not due yet, is another moment for each.

use super::{BUILTIN, Place, deed};
use crate::harness::{self, Sigtop};
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn a_recording_gives_the_alerts_that_were_given_live() {
    // The same deeds by another test in the same tree would be folded into one alert, here or there.
    let Some(_leave) = harness::alone("a_recording_gives_the_alerts_that_were_given_live") else { return };
    let place = Place::new("deeds-replayed");
    let (live, again, recording) = (place.path("live.jsonl"), place.path("again.jsonl"), place.path("stream.jsonl"));
    // Everything that the rules looked at, so that they may look at it again: what is read of it is the recording.
    let kinds = "signal,deliver,fork,exec,exit,rename,seen,cgroup,open,chmod,move,connect,alert";
    let sigtop = Sigtop::start(&["--rules", BUILTIN, "--alert-log", &live, "--events", kinds]);
    let program = place.program("dropper");
    deed(&["open", "plain", "/etc/shadow"]);
    deed(&["open", "again", "/etc/shadow"]);
    deed(&["chmod", "plain", &program]);
    deed(&["exec", "plain", &program]);
    deed(&["connect", "1", "200", "300"]);
    deed(&["stop", "20"]);
    let lines: Vec<String> = sigtop.stop().into_iter().map(|line| line.text + "\n").collect();
    fs::write(&recording, lines.concat()).unwrap();
    let mut replay = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    replay.args(["log", "--rules", BUILTIN, "--alert-log", &again, "--replay", &recording]);
    assert!(replay.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
    let alerts = |path: &str| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .filter(|line| line.contains("\"type\":\"alert\"") && !line.contains("\"folded\":"))
            .map(String::from)
            .collect()
    };
    let (live, again) = (alerts(&live), alerts(&again));
    assert!(live.len() >= 5, "{live:#?}");
    let differs = live.iter().zip(&again).find(|(live, again)| live != again);
    assert!(differs.is_none() && live.len() == again.len(), "{} and {}: {differs:#?}", live.len(), again.len());
}
