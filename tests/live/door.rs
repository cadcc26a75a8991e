//! The same deeds by the 32-bit door (tests/zoo/deed.c): told as those of everybody else, each with its outcome.
#![cfg(target_arch = "x86_64")]

use crate::deeds::{Place, deed};
use crate::harness::{self, Sigtop};
use serde_json::Value;
use std::net::TcpListener;

#[test]
fn what_32_bit_programs_do_is_told() {
    let Some(_leave) = harness::beside_others("what_32_bit_programs_do_is_told") else { return };
    let place = Place::new("door");
    let file = place.path("file");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sigtop = Sigtop::start(&["--events", "signal,open,chmod,move,connect", "-s", "URG"]);
    let (pid, _) = deed(&["door32", &file, &port.to_string()]);
    let lines = sigtop.stop();
    let is_of_it = |json: &&Value| {
        let is_here = |key: &str| json[key].as_str().is_some_and(|path| path.starts_with(&file));
        json["pid"] == pid && (is_here("path") || json["port"] == port)
    };
    let in_words = |json: &Value| {
        let word = |key: &str| json[key].as_str().map(|word| format!(" {}", word.replace(&file, "FILE")));
        let created = json["created"].as_bool().filter(|made| *made).map(|_| " created".to_string());
        let words = ["type", "from", "path", "mode", "address", "errno"].iter().filter_map(|key| word(key));
        words.chain(created).collect::<String>().trim().to_string()
    };
    let told: Vec<String> = lines.iter().map(|line| &line.json).filter(is_of_it).map(in_words).collect();
    // Of what is seen at the security hook no error is known, and what is not there is not seen.
    let roads = lines[0].json["roads"].to_string();
    let at_hook = |what: &str| roads.contains(&format!("{what} that then fails is told as done"));
    let refused = if at_hook("a connect") { "connect 127.0.0.1" } else { "connect 127.0.0.1 ECONNREFUSED" };
    let gone = if at_hook("an open") { None } else { Some("open FILE.gone ENOENT") };
    let opened = ["open FILE created", "open FILE"].into_iter().chain(gone);
    let expected = opened.chain(["chmod FILE 0711", "move FILE FILE.moved", refused, refused]);
    assert_eq!(told, expected.collect::<Vec<_>>());
}
