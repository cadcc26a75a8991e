//! The table of options is sound, and what is typed wrong is answered.

use super::values::parse_size;
use super::*;

#[test]
fn the_table_is_sound() {
    command().debug_assert();
}

#[test]
fn sizes_are_read() {
    for (text, bytes) in
        [("16M", 16 << 20), ("16MiB", 16 << 20), ("65536", 65536), ("100k", 128 << 10), ("1g", 1 << 30)]
    {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
    }
    for text in ["", "M", "0", "2G", "12Q", "-1", "99999999999999999999", "16 M M"] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}

#[test]
fn options_stand_before_and_after_the_command() {
    for line in ["sigtop -s KILL log", "sigtop log -s kill", "sigtop log --signal 9"] {
        let args = Args::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(args.select.signal, [Signal::KILL], "{line}");
    }
    let args = Args::try_parse_from(["sigtop", "log", "-s", "HUP,INT", "-s", "RTMIN+1"]).unwrap();
    assert_eq!(args.select.signal.len(), 3);
}

#[test]
fn the_seed_may_be_left_out() {
    let demo = |line: &str| Args::try_parse_from(line.split(' ')).unwrap().select.demo;
    assert_eq!((demo("sigtop --demo"), demo("sigtop --demo=7"), demo("sigtop")), (Some(1), Some(7), None));
}

#[test]
fn the_default_log_is_what_the_options_say() {
    let Some(Command::Log(log)) = Args::try_parse_from(["sigtop", "log"]).unwrap().command else { panic!() };
    assert_eq!(
        (log.alerts_only, log.format, log.time),
        (Log::default().alerts_only, Log::default().format, Log::default().time)
    );
}

#[test]
fn wrong_words_are_answered() {
    let said = |line: &str| Args::try_parse_from(line.split(' ')).unwrap_err().to_string();
    assert!(said("sigtop -s SIGTREM").contains("did you mean SIGTERM?"));
    assert!(said("sigtop log --events banana").contains("signal, deliver, fork"));
    assert!(said("sigtop --buffer 3G").contains("64K to 1G"));
}
