//! The log: what a row opens to, jumps into the tree and back, copies, files, marks, and columns at every width.

use super::*;
use sigtop::event::{Call, Detail, Masks, Name, Party, ProcKey, Scope, SendResult, SignalEvent};
use sigtop::model::{Limits, Model};
use sigtop::signal::SignalSet;
use sigtop::ui::layout::Panel;
use sigtop::ui::{Copied, Export};
use world::{bash, deploy, java, nginx};

const PAGES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

fn set(names: &[&str]) -> SignalSet {
    names.iter().map(|name| world::signal(name)).collect()
}

/// The busy world, and as its newest row a signal of which everything is known.
fn told() -> World {
    let mut world = busy();
    let tty = Tty::parse("pts/3").unwrap();
    let thread = Party { tid: 715, ..java() };
    let e = world.event(NOW - S, "USR1", Some(deploy()), thread, Origin::User);
    let masks = Masks { blocked: set(&["USR1", "TERM"]), pending: set(&["USR1", "TERM"]) };
    world.apply(Event::Signal(SignalEvent {
        call: Some(Call::Tgsigqueue),
        code: -1,
        scope: Scope::Thread,
        detail: Detail::Value(42),
        sender_tty: tty,
        masks: Some(masks),
        generation: 3,
        ..e
    }));
    world
}

/// The newest row's page.
fn page_of(world: &World, size: (u16, u16)) -> Screen {
    let mut screen = Screen::new(look(), size, &world.model);
    screen.press("<Tab><Up><Enter>", &world.model);
    screen
}

#[test]
fn a_row_opens_to_everything_that_is_known_of_it() {
    let world = told();
    for size in PAGES {
        let screen = page_of(&world, size);
        picture(&format!("signal_page_{}x{}", size.0, size.1), &screen, &world.model);
    }
    let mut screen = page_of(&world, (80, 24));
    screen.press("<End>", &world.model);
    let text = screen.text(&world.model);
    for part in ["blocked TERM,USR1", "this one too", "pending TERM, this one", "passed filter 3"] {
        assert!(text.replace("USR1,TERM", "TERM,USR1").contains(part), "{part}:\n{text}");
    }
}

#[test]
fn pages_of_the_kernels_signals_of_failures_and_of_notes() {
    let mut world = busy();
    let nobody = party("ghost", 4321, 7);
    let e = world.event(NOW - 5 * S, "SEGV", None, nobody, Origin::Fault);
    let masks = Masks { blocked: set(&[]), pending: set(&["SEGV", "KILL"]) };
    world.apply(Event::Signal(SignalEvent { code: 1, detail: Detail::Address(0xdead), masks: Some(masks), ..e }));
    picture("signal_page_fault_120x36", &page_of(&world, (120, 36)), &world.model);
    world.attempt(NOW - 4 * S, 15, bash(), Aim::Process(1), Some(systemd()), Some(Errno::PERM));
    picture("signal_page_failed_120x36", &page_of(&world, (120, 36)), &world.model);
    let text = (0..60).map(|n| format!("to:{}", 1000 + n)).collect::<Vec<_>>().join(" or ");
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW - 3 * S, generation: 1, text })));
    picture("signal_page_filter_80x24", &page_of(&world, (80, 24)), &world.model);
    let mut screen = page_of(&world, (80, 24));
    screen.press("<End>", &world.model);
    assert!(screen.text(&world.model).contains("to:1059"), "the whole filter");
}

#[test]
fn columns_give_way_by_width() {
    let world = told();
    for width in [40, 60, 80, 100, 120, 160, 200] {
        let mut screen = Screen::new(look(), (width, 24), &world.model);
        screen.press("<Tab>", &world.model);
        picture(&format!("log_at_{width}x24"), &screen, &world.model);
    }
}

fn selected(screen: &Screen) -> Option<u32> {
    screen.ui.tree.selected().map(|key| key.pid)
}

fn message(screen: &Screen) -> &str {
    screen.ui.message.as_ref().map_or("", |message| &message.text)
}

#[test]
fn one_goes_to_the_sender_or_target_and_back() {
    let world = told();
    let model = &world.model;
    let mut screen = Screen::new(look(), (120, 36), model);
    // What is folded away is unfolded.
    screen.press("<Home>-", model);
    assert!(screen.ui.tree.rows.list.iter().all(|row| row.key.pid != 9931));
    screen.press("<Tab><Up>", model);
    let row = screen.ui.log.selected();
    screen.press("S", model);
    assert_eq!((screen.ui.focus(), selected(&screen)), (Panel::Tree, Some(9931)), "{}", message(&screen));
    picture("jumped_120x36", &screen, model);
    // From the tree to the page of the process, and from there back.
    screen.press("<Enter><Bksp>", model);
    assert_eq!((screen.ui.focus(), screen.ui.log.selected()), (Panel::Log, row));
    assert!(screen.ui.popup.is_none());
    screen.press("T", model);
    assert_eq!(selected(&screen), Some(701));
    screen.press("<Bksp>", model);
    assert_eq!(screen.ui.log.selected(), row);
    // From the page of the row, back to the page.
    screen.press("<Enter>S", model);
    assert_eq!((screen.ui.focus(), selected(&screen)), (Panel::Tree, Some(9931)));
    screen.press("<Bksp>", model);
    assert!(screen.text(model).contains("passed filter 3"));
    screen.press("<Esc><Bksp>", model);
    assert_eq!(message(&screen), "nowhere to go back to");
}

#[test]
fn where_nobody_is_a_jump_says_so_and_stays() {
    let mut world = told();
    let ghost = party("ghost", 4321, 7);
    world.kernel(NOW, "ALRM", ghost, Origin::Timer, Detail::None);
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press("<Tab>S", &world.model);
    assert_eq!(message(&screen), "no process sent it: kernel (timer)");
    world.die(NOW, ghost, sigtop::event::End::Code(0), None);
    world.model.advance(NOW + 100 * S);
    screen.press("T", &world.model);
    assert_eq!((message(&screen), screen.ui.focus()), ("ghost(4321) ended, and is forgotten", Panel::Log));
    world.attempt(NOW, 15, bash(), Aim::Process(99), None, Some(Errno::SRCH));
    screen.act(Action::Tick(NOW), &world.model);
    screen.press("<End><Up>T", &world.model);
    assert_eq!(message(&screen), "who was meant is not known");
    // A long pile of jumps forgets the oldest, and a paused picture can be jumped in as well.
    screen.press(" ", &world.model);
    for _ in 0..100 {
        screen.press("S<Tab>", &world.model);
    }
    assert_eq!(selected(&screen), Some(1234));
    (0..100).for_each(|_| drop(screen.press("<Bksp>", &world.model)));
    assert_eq!(message(&screen), "nowhere to go back to");
}

/// The one effect of these keys.
fn effect(screen: &mut Screen, keys: &str, model: &Model) -> Option<Effect> {
    let mut effects = screen.press(keys, model);
    assert!(effects.len() < 2, "{effects:?}");
    effects.pop()
}

#[test]
fn what_is_selected_is_copied() {
    let mut world = told();
    let id = world.send(NOW - S, "TERM", deploy(), nginx());
    world.take(id, "TERM", nginx(), NOW - S, 12_000, sigtop::event::Disposition::Handler);
    let model = &world.model;
    let mut screen = Screen::new(look(), (120, 36), model);
    let Some(Effect::Copy(Copied::Events { events, json: false })) = effect(&mut screen, "<Tab>y", model) else {
        panic!()
    };
    assert!(matches!(&events[..], [Event::Signal(e), Event::Deliver(d)] if e.id == id && d.latency_ns == Some(12_000)));
    let Some(Effect::Copy(Copied::Events { events, json: true })) = effect(&mut screen, "Y", model) else { panic!() };
    assert!(matches!(&events[..], [Event::Signal(e)] if e.id == id));
    // The page: its text.
    let Some(Effect::Copy(Copied::Text(text))) = effect(&mut screen, "<Enter>y", model) else { panic!() };
    assert!(text.starts_with("Signal SIGTERM\nsignal  SIGTERM (15)  by default: ends the process\n"), "{text}");
    assert!(!text.contains(" \n") && text.contains("nginx: master process /usr/sbin/nginx -g daemon on;"), "{text}");
    // The tree: a process as the log tells of it; one that ended, with its end.
    let Some(Effect::Copy(Copied::Events { events, .. })) = effect(&mut screen, "T<Home>y", model) else { panic!() };
    assert!(matches!(&events[..], [Event::Seen(e)] if e.who.key.pid == 1 && !e.zombie));
    // Counters: a line; it is no event.
    let Some(Effect::Copy(Copied::Text(text))) = effect(&mut screen, "<Tab><Tab><Home>y", model) else { panic!() };
    assert!(text.contains(" in all, "), "{text}");
    assert_eq!(effect(&mut screen, "Y", model), None);
    assert_eq!(message(&screen), "a count is no event: y copies it as text");
    screen.act(Action::Done("copied: that".into()), model);
    assert_eq!(message(&screen), "copied: that");
}

#[test]
fn what_is_shown_is_written_to_a_file() {
    let world = told();
    let model = &world.model;
    let mut screen = Screen::new(look(), (120, 36), model);
    screen.act(Action::Write, model);
    picture("write_120x36", &screen, model);
    let Some(Effect::Write(Export { path, json, rows })) = effect(&mut screen, "<Enter>", model) else { panic!() };
    assert_eq!((path.as_str(), json), ("sigtop-20261120-173214.log", false));
    assert!(rows.iter().eq(&screen.ui.log.index), "all rows, not only those on the screen");
    // It is refused: the prompt stays, and says why; then it is done.
    screen.act(Action::NotWritten("exists already: choose another name".into()), model);
    assert!(screen.text(model).contains("exists already: choose another name"));
    (0..4).for_each(|_| drop(screen.press("<Bksp>", model)));
    let Some(Effect::Write(export)) = effect(&mut screen, ".JSONL<Enter>", model) else { panic!() };
    assert!(export.json && export.path.ends_with(".JSONL"));
    screen.act(Action::Done("2 rows written to /tmp/x".into()), model);
    assert!(screen.ui.popup.is_none() && message(&screen) == "2 rows written to /tmp/x");
    screen.act(Action::Write, model);
    (0..60).for_each(|_| drop(screen.press("<Bksp>", model)));
    assert_eq!(effect(&mut screen, "<Enter>", model), None);
    assert!(screen.text(model).contains("a name is needed"));
    screen.press("<Esc>", model);
    assert!(screen.ui.popup.is_none());
    let empty = World::empty();
    let mut screen = Screen::new(look(), (80, 24), &empty.model);
    screen.act(Action::Write, &empty.model);
    assert_eq!(message(&screen), "the log shows no row to write");
}

#[test]
fn rows_are_marked_and_found_again() {
    let world = told();
    let model = &world.model;
    let mut screen = Screen::new(look(), (120, 36), model);
    screen.press("<Tab>{", model);
    assert_eq!(message(&screen), "no row is marked: m marks one");
    screen.press("mm", model);
    assert!(!screen.ui.log.follow, "the newest row was marked, and unmarked");
    screen.press("<Up><Up>m", model);
    let first = screen.ui.log.selected();
    screen.press("<Up><Up><Up>m<PgUp>m", model);
    assert!(screen.text(model).contains("3 marks"));
    screen.press("m<End>{{", model);
    picture("marks_120x36", &screen, model);
    screen.press("{", model);
    assert_eq!(message(&screen), "no mark before this one");
    screen.press("}", model);
    assert_eq!(screen.ui.log.selected(), first);
    screen.press("}", model);
    assert_eq!(message(&screen), "no mark after this one");
    // A paused picture keeps them, and more can be made in it.
    screen.press(" <Up>m ", model);
    assert_eq!(screen.ui.log.marks.len(), 3);
    // Rows that the view hides keep their marks, but are not gone to.
    type_filter(&mut screen, "F", "sig:HUP<Enter>", model);
    screen.press("<End>{", model);
    assert_eq!((message(&screen), screen.ui.log.marks.len()), ("no mark before this one", 3));
}

#[test]
fn marks_go_with_their_rows() {
    let mut world =
        World { model: Model::new(world::header(), Limits { log_rows: 20, ..Limits::default() }), ..told() };
    for n in 0..20 {
        world.send(NOW - S + n, "HUP", bash(), java());
    }
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press("<Tab><Home>m<Down>m", &world.model);
    assert_eq!(screen.ui.log.marks.len(), 2);
    world.send(NOW, "HUP", bash(), java());
    screen.act(Action::Tick(NOW), &world.model);
    assert_eq!(screen.ui.log.marks.len(), 1);
}

/// Rows about the stream itself are no signals.
#[test]
fn only_signals_are_counted_in_the_view() {
    let mut world = busy();
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW, generation: 1, text: "sig:HUP".into() })));
    let mut screen = Screen::new(look(), (160, 40), &world.model);
    type_filter(&mut screen, "F", "sig:HUP<Enter>", &world.model);
    assert_eq!((screen.ui.log.index.len(), screen.ui.log.viewed()), (2, 1));
    assert!(screen.text(&world.model).contains("1 in view"));
    screen.press(" ", &world.model);
    assert_eq!((screen.ui.log.index.len(), screen.ui.log.viewed()), (2, 1));
}

/// What a process chose itself reaches neither the page nor the copy as it is.
#[test]
fn hostile_names_are_harmless_on_the_page_and_in_the_copy() {
    let mut world = busy();
    let key = ProcKey { pid: 666, start_ns: NOW - 9 * S };
    let evil = Party { key, tid: 666, uid: 0, name: Name::from("\x1b]52;c;x\x07\n") };
    world.seen(evil, None, Tty::NONE, "/bin/\x1b[2J", &["\x1b[31m\u{202e}", "b\nc"], "/a\x1b/b.service");
    let e = world.event(NOW - S, "HUP", Some(evil), java(), Origin::User);
    world.apply(Event::Signal(SignalEvent { result: SendResult::Queued, ..e }));
    let mut screen = page_of(&world, (120, 36));
    let text = screen.text(&world.model);
    assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
    let Some(Effect::Copy(Copied::Text(text))) = effect(&mut screen, "y", &world.model) else { panic!() };
    assert!(!text.contains(|c: char| c.is_control() && c != '\n') && !text.contains('\u{202e}'), "{text:?}");
}
