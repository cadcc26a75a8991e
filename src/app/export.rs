//! Rows of the log into a new file: never over one that is there, only for its owner to read, and whole or not at all.
//!
//! Rows are written one by one, so it takes no memory to speak of. A delivery stands where its time puts it. Under sudo
//! the file belongs to who called sudo.

use crate::app::clip::header;
use crate::app::files::{self, give_to_caller};
use crate::event::{DeliverEvent, Event};
use crate::model::{Entry, Model};
use crate::sink::{Sink, json::Json, line::Line};
use crate::ui::{Action, Export, Ui, rows};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions, remove_file};
use std::io::{self, BufWriter, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes them, and says how that went.
pub fn write(export: Export, ui: &Ui, model: &Model) -> Action {
    let path = place(&export.path, std::env::var_os("HOME").map(PathBuf::from));
    match write_to(&path, &export, ui, model) {
        Ok(Written { rows: count, deliveries }) => {
            let more = match deliveries {
                0 => String::new(),
                1 => " and 1 delivery".into(),
                more => format!(" and {more} deliveries"),
            };
            Action::Done(format!("{}{more} written to {}", rows(count), path.display()))
        }
        Err(_) if path.is_dir() => Action::NotWritten("that is a directory".into()),
        Err(error) => Action::NotWritten(why(&error)),
    }
}

/// The whole path of what was typed: `~/` is the user's own directory.
fn place(typed: &str, home: Option<PathBuf>) -> PathBuf {
    let path = match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    };
    std::path::absolute(&path).unwrap_or(path)
}

/// How much was written: rows of the log, and what was told of them later.
struct Written {
    rows: usize,
    deliveries: usize,
}

fn write_to(path: &Path, export: &Export, ui: &Ui, model: &Model) -> io::Result<Written> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let _ = give_to_caller(&file); // a courtesy, which some file systems do not know
    let written = fill(&file, export, ui, model);
    if written.is_err() {
        let _ = remove_file(path); // half a file is worse than none; it is ours, for it was new
    }
    written
}

fn fill(file: &File, export: &Export, ui: &Ui, model: &Model) -> io::Result<Written> {
    let out = BufWriter::with_capacity(64 << 10, file);
    let mut sink: Box<dyn Sink + '_> =
        if export.json { Box::new(Json::new(out)) } else { Box::new(Line::new(out, ui.look.time)) };
    sink.header(&header(model))?;
    let entries = export.rows.iter().filter_map(|seq| ui.entry(model, *seq));
    let mut lines = 0;
    let rows = in_order(entries, &mut |event| {
        lines += 1;
        sink.event(event)
    })?;
    sink.flush()?;
    Ok(Written { rows, deliveries: lines - rows })
}

/// Hands on each row's event, and the deliveries between them where their times put them; how many rows there were.
fn in_order(
    entries: impl Iterator<Item = Entry>,
    event: &mut dyn FnMut(&Event) -> io::Result<()>,
) -> io::Result<usize> {
    // Few wait at a time, and a new one is nearly always the last.
    let mut waiting: VecDeque<DeliverEvent> = VecDeque::new();
    let mut count = 0;
    for entry in entries {
        while waiting.front().is_some_and(|first| first.mono_ns <= entry.mono_ns()) {
            waiting.pop_front().map_or(Ok(()), |first| event(&Event::Deliver(first)))?;
        }
        event(&entry.event())?;
        if let Entry::Signal(row) = entry
            && let Some(delivery) = row.delivery()
        {
            let at = waiting.partition_point(|other| other.mono_ns <= delivery.mono_ns);
            waiting.insert(at, delivery);
        }
        count += 1;
    }
    waiting.into_iter().try_for_each(|delivery| event(&Event::Deliver(delivery)))?;
    Ok(count)
}

/// Why nothing was written, in words.
fn why(error: &io::Error) -> String {
    let why = files::why(error);
    match error.kind() {
        ErrorKind::AlreadyExists => "exists already: choose another name".into(),
        ErrorKind::NotFound => format!("no file can be made there: {why}"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!("{why}: nothing was written"),
        ErrorKind::InvalidFilename => "no name for a file".into(),
        _ => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::wire::Wire;
    use crate::event::{Header, ProcKey};
    use crate::model::Limits;
    use crate::model::tests::{key, signal, taken};
    use crate::signal::Signal;
    use crate::ui::{Look, Start};
    use std::os::unix::fs::MetadataExt;

    const WHO: ProcKey = ProcKey { pid: 7, start_ns: 7 };

    /// Three signals at 1, 2 and 3 us; the first one is taken after the second was sent.
    fn model() -> Model {
        let mut model = Model::new(Header { host: "web-1".into(), ..Header::default() }, Limits::default());
        for id in 1..=3 {
            model.apply(&Event::Signal(signal(id, Signal::TERM, Some(key(9, 9)), WHO)));
        }
        let late = DeliverEvent { mono_ns: 2500, latency_ns: Some(1500), ..taken(1, Signal::TERM, WHO) };
        model.apply(&Event::Deliver(late));
        model
    }

    fn export(path: &Path, json: bool, rows: Vec<u64>) -> Action {
        let ui = Ui::new(Look::default(), Start::default());
        write(Export { path: path.to_str().unwrap().into(), json, rows }, &ui, &model())
    }

    /// A directory of its own, gone in the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("sigtop-export-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn rows_are_written_in_order_of_time_and_for_the_owner_alone() {
        let scratch = Scratch::new("rows");
        let file = scratch.0.join("x.log");
        assert_eq!(
            export(&file, false, vec![0, 1, 2]),
            Action::Done(format!("3 rows and 1 delivery written to {}", file.display()))
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let words: Vec<&str> = text.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(words, ["SIGNAL:", "SIGNAL:", "DELIVER:", "SIGNAL:"], "{text}");
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        // What is gone by then, or hidden, is not written.
        let one = scratch.0.join("one.log");
        assert_eq!(export(&one, false, vec![1, 99]), Action::Done(format!("1 row written to {}", one.display())));
    }

    #[test]
    fn json_lines_can_be_read_back() {
        let scratch = Scratch::new("json");
        let file = scratch.0.join("x.jsonl");
        assert!(matches!(export(&file, true, vec![0, 2]), Action::Done(_)));
        let text = std::fs::read_to_string(&file).unwrap();
        let wires: Vec<Wire> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(wires[0].to_header().unwrap().host, "web-1");
        let events: Vec<Event> = wires[1..].iter().map(|wire| wire.to_event().unwrap()).collect();
        assert!(matches!(&events[..], [Event::Signal(a), Event::Deliver(d), Event::Signal(b)]
            if a.id == 1 && d.id == Some(1) && b.id == 3));
    }

    #[test]
    fn nothing_is_overwritten_and_refusals_are_words() {
        let scratch = Scratch::new("refused");
        let file = scratch.0.join("there.log");
        std::fs::write(&file, "mine").unwrap();
        let refused = |path: &Path| match export(path, false, vec![0]) {
            Action::NotWritten(why) => why,
            other => format!("{other:?}"),
        };
        assert_eq!(refused(&file), "exists already: choose another name");
        let link = scratch.0.join("link.log");
        std::os::unix::fs::symlink(scratch.0.join("elsewhere"), &link).unwrap();
        assert_eq!(refused(&link), "exists already: choose another name", "a link is not followed");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        assert_eq!(refused(&scratch.0.join("no/where.log")), "no file can be made there: no such directory");
        assert_eq!(refused(&file.join("x.log")), "a part of the path is no directory");
        assert_eq!(why(&io::Error::from(ErrorKind::StorageFull)), "the disk is full: nothing was written");
    }

    #[test]
    fn the_users_own_directory_is_known_by_its_sign() {
        let home = || Some(PathBuf::from("/home/alice"));
        assert_eq!(place("~/x.log", home()), PathBuf::from("/home/alice/x.log"));
        assert_eq!(place("/tmp/~/x", home()), PathBuf::from("/tmp/~/x"));
        assert!(place("x.log", None).is_absolute());
    }
}
