//! Streams in several parts and files, and what directories hold of them.

use super::*;
use crate::event::{FilterEvent, SeenEvent};

/// A history in parts of so many events, each with a snapshot as a recorder writes it.
fn parts(each: usize, count: usize) -> (Header, Vec<Event>, Vec<Vec<u8>>) {
    let (header, mut events) = history(11, count);
    let mono_ns = events[1].mono_ns();
    events.insert(1, Event::Filter(Box::new(FilterEvent { mono_ns, generation: 1, text: "sig:TERM".into() })));
    let mut files = Vec::new();
    let mut last_ns = header.mono_ns;
    for (part, events) in events.chunks(each).enumerate() {
        let header = Header { part: part as u32, mono_ns: last_ns, ..header.clone() };
        let mut all = if part == 0 { Vec::new() } else { snapshot(last_ns) };
        all.extend_from_slice(events);
        files.push(lines(&header, &all));
        last_ns = events.last().unwrap().mono_ns();
    }
    (header, events, files)
}

fn snapshot(mono_ns: u64) -> Vec<Event> {
    let seen = history(11, 20).1.into_iter().filter_map(|event| match event {
        Event::Seen(seen) => Some(Event::Seen(Box::new(SeenEvent { mono_ns, ..*seen }))),
        _ => None,
    });
    let filter = Event::Filter(Box::new(FilterEvent { mono_ns, generation: 1, text: "sig:TERM".into() }));
    seen.chain([filter]).collect()
}

fn is_snapshot(event: &&Event) -> bool {
    matches!(event, Event::Seen(_))
}

#[test]
fn parts_read_as_the_stream_that_they_were() {
    let (header, events, files) = parts(100, 500);
    let dir = Scratch::new("parts");
    for (part, file) in files.iter().enumerate() {
        let bytes = if part % 2 == 0 { frames(file, 30).concat() } else { file.clone() };
        dir.write(&format!("part-{part}"), &bytes);
    }
    let (read, played) = play_path(&dir.0).unwrap();
    assert_eq!(read, header);
    assert!(played == Played { events: events.clone(), lost: 0, problems: Vec::new() });
    assert!(play(&files.concat(), 4096).unwrap().events == events, "one behind the other in one file");
    assert_eq!(span(&dir.0), Some((header.mono_ns, events.last().unwrap().mono_ns())));
}

#[test]
fn a_missing_part_is_told_and_the_next_snapshot_is_news() {
    let (_, events, files) = parts(100, 500);
    let dir = Scratch::new("missing");
    for part in [0, 3, 4] {
        dir.write(&format!("part-{part}"), &files[part]);
    }
    let (_, played) = play_path(&dir.0).unwrap();
    assert_eq!(played.lost, 1);
    let told = format!("{}/part-3: line 1: parts 1 to 2 of the recording are missing before this", dir.0.display());
    assert_eq!(played.problems, [told]);
    let seen = snapshot(events[299].mono_ns()).iter().filter(is_snapshot).count();
    assert_eq!(played.events.len(), 100 + seen + 200, "one snapshot, and no filter told twice");
    assert!(played.events[100 + seen..] == events[300..500]);
}

/// The first snapshot does not fit into the first part: what of it comes behind the second one's is news.
#[test]
fn a_snapshot_may_be_cut_in_two() {
    let (header, events) = history(11, 60);
    let later = Header { part: 1, ..header.clone() };
    for cut in [0, 1, 10] {
        let bytes = [lines(&header, &events[..cut]), lines(&later, &events)].concat();
        let played = play(&bytes, 4096).unwrap();
        assert!(played.events == events && played.problems.is_empty(), "{cut}");
    }
}

#[test]
fn behind_a_torn_part_the_snapshot_is_news() {
    let (_, events, mut files) = parts(100, 300);
    let len = files[0].len();
    files[0].truncate(len - 7);
    let dir = Scratch::new("torn");
    files.iter().enumerate().for_each(|(part, file)| drop(dir.write(&format!("part-{part}"), file)));
    let (_, played) = play_path(&dir.0).unwrap();
    assert_eq!((played.lost, played.problems.len()), (0, 1), "{:?}", played.problems);
    let seen = snapshot(0).iter().filter(is_snapshot).count();
    assert_eq!(played.events.len(), events.len() - 1 + seen);
}

#[test]
fn another_recording_in_the_middle_is_passed_over() {
    let (header, events) = history(4, 60);
    let other = Header { host: "db-2".into(), boot_id: "another".into(), ..header.clone() };
    let later = Header { part: 1, mono_ns: header.mono_ns + 1, ..header.clone() };
    let bytes = [lines(&header, &events[..30]), lines(&other, &events[..10]), lines(&later, &events[30..])].concat();
    let played = play(&bytes, 4096).unwrap();
    assert!(played.events == events && played.lost == 0);
    let said = "test: line 32: another recording begins (db-2, another boot): what follows is passed over; replay it by itself";
    assert_eq!(played.problems, [said]);
}

#[test]
fn the_newest_stream_of_a_directory_is_played_and_all_are_listed() {
    let dir = Scratch::new("streams");
    let (header, events) = history(4, 30);
    for (name, boot, began_ns, offset_ns) in
        [("b", "second", 5, 9_000), ("a", "first", 70, 500), ("c", "second", 50, 9_000)]
    {
        let header = Header { boot_id: boot.into(), began_ns, offset_ns, host: name.into(), ..header.clone() };
        dir.write(name, &lines(&header, &events));
    }
    dir.write("c-again", &std::fs::read(dir.0.join("c")).unwrap());
    dir.write("notes.txt", b"remember the milk\n");
    std::fs::create_dir(dir.0.join("below")).unwrap();
    let shelf = streams(&dir.0).unwrap();
    let hosts: Vec<&str> = shelf.streams.iter().map(|stream| &stream.header.host[..]).collect();
    assert_eq!(hosts, ["a", "b", "c"], "in order of real time");
    assert_eq!(shelf.problems.len(), 2, "{:?}", shelf.problems);
    let (read, played) = play_path(&dir.0).unwrap();
    assert_eq!(read.host, "c");
    assert!(played.events == events);
    assert_eq!(played.problems[1..], shelf.problems);
    let b = dir.0.join("b");
    let said = &played.problems[0];
    let wanted = format!("--replay {} plays the newest of 2 older recordings that are there, from ", b.display());
    assert!(said.starts_with(&wanted), "{said}");
    std::fs::remove_file(b).unwrap();
    let said = play_path(&dir.0).unwrap().1.problems.remove(0);
    assert!(said.contains("a plays an older recording that is there, from "), "{said}");
}

/// What a flight recorder kept of one run, before a crash, is played by naming its first file.
#[test]
fn a_file_of_a_flight_recorder_is_played_with_the_parts_behind_it() {
    let (header, events, files) = parts(100, 500);
    let dir = Scratch::new("named");
    let name = |stamp: &str, part: usize| format!("sigtop-20261120-{stamp}-{part:06}.jsonl.zst");
    let write = |(part, file): (usize, &Vec<u8>)| dir.write(&name("173100", part), &frames(file, 30).concat());
    let paths: Vec<PathBuf> = files.iter().enumerate().map(write).collect();
    let after = Header { began_ns: header.began_ns + 9, ..header.clone() };
    dir.write(&name("173200", 0), &lines(&after, &events[..9]));
    dir.write("notes.txt", b"remember the milk\n");
    let (read, played) = play_path(&paths[0]).unwrap();
    assert_eq!(read, header);
    assert!(played == Played { events: events.clone(), lost: 0, problems: Vec::new() }, "{:?}", played.problems);
    assert_eq!(span(&paths[0]), Some((header.mono_ns, events.last().unwrap().mono_ns())));
    let (read, played) = play_path(&paths[3]).unwrap();
    assert_eq!(read.part, 3);
    assert!(played.events.ends_with(&events[301..]) && played.lost == 0);
    let said = format!(
        "{} goes on from {}, which is not played: --replay of their directory plays both",
        paths[3].display(),
        paths[2].display()
    );
    assert_eq!(played.problems, [said]);
    let told = play_path(&dir.0).unwrap().1.problems.remove(0);
    assert!(told.starts_with(&format!("--replay {} plays an older recording", paths[0].display())), "{told}");
}

#[test]
fn the_newest_file_of_a_rotated_recording_tells_of_the_older_ones() {
    let (_, _, files) = parts(100, 300);
    let dir = Scratch::new("rotated");
    let paths = ["x.2.jsonl", "x.1.jsonl", "x.jsonl"].map(|name| dir.0.join(name));
    paths.iter().zip(&files).for_each(|(path, file)| std::fs::write(path, file).unwrap());
    let told = |path: &Path| play_path(path).unwrap().1.problems;
    let said = told(&paths[2]).remove(0);
    assert!(said.contains("x.jsonl goes on from ") && said.contains("x.1.jsonl, which is not played"), "{said}");
    assert!(told(&paths[0]).is_empty() && told(&dir.0).is_empty());
    std::fs::copy(&paths[0], &paths[1]).unwrap();
    assert!(told(&paths[2]).is_empty(), "that name is of something else");
}

/// Of two copies the one is played of which more can be read, whatever they are called.
#[test]
fn of_two_copies_the_intact_one_is_played() {
    let (header, events) = history(4, 300);
    let text = lines(&header, &events);
    let mut damaged = text.clone();
    let middle = text.len() / 2;
    damaged[middle..middle + 100].fill(b'#');
    for (good, bad) in [("a.jsonl", "b.jsonl"), ("b.jsonl.zst", "a.jsonl")] {
        let dir = Scratch::new("copies");
        let good = dir.write(good, &if good.ends_with("zst") { frames(&text, 40).concat() } else { text.clone() });
        let bad = dir.write(bad, &damaged);
        let (_, played) = play_path(&dir.0).unwrap();
        assert!(played.events == events && played.lost == 0, "{}", bad.display());
        let (good, bad) = (good.display(), bad.display());
        let why = format!("it is the same part as {good}, of which no less can be read; --replay {bad} plays it");
        assert_eq!(played.problems, [format!("{bad} is passed over: {why}")]);
    }
}

#[test]
fn an_empty_directory_says_so() {
    let dir = Scratch::new("empty");
    let said = play_path(&dir.0).unwrap_err().to_string();
    assert!(said.contains("there is no recording in"), "{said}");
    assert_eq!(span(&dir.0), None);
}

#[test]
fn the_span_is_that_of_the_events() {
    let dir = Scratch::new("span");
    let (header, events) = history(8, 4000);
    let end = events.last().unwrap().mono_ns();
    let text = lines(&header, &events);
    let frames = frames(&text, 100);
    // A frame behind the last one that decodes to something else, the magic number alone, and a torn frame.
    let mut puzzling = frames.concat();
    puzzling.extend(frame(b"what the cat dragged in"));
    puzzling.extend(frames::MAGIC);
    for (name, bytes, until) in [
        ("plain", text.clone(), end),
        ("frames", frames.concat(), end),
        ("one frame", zstd::encode_all(&text[..], 3).unwrap(), end),
        ("puzzling", puzzling, end),
        ("torn", text[..text.len() - 5].to_vec(), events[3998].mono_ns()),
        ("header", lines(&header, &[]), header.mono_ns),
    ] {
        assert_eq!(span(&dir.write(name, &bytes)), Some((header.mono_ns, until)), "{name}");
    }
    let whole: usize = frames[..20].iter().map(Vec::len).sum();
    let torn = dir.write("torn frame", &frames.concat()[..whole + 9]);
    assert_eq!(span(&torn), Some((header.mono_ns, events[20 * 100 - 2].mono_ns())));
    assert_eq!(span(&dir.write("foreign", b"hello")), None);
    assert_eq!(span(Path::new("-")), None);
}
