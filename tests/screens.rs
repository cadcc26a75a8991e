//! Keys in, screen out: the dashboard at every size, compared with the pictures in `tests/screens/`.
//!
//! Pictures are text; what only colour tells is asserted cell by cell. `INSTA_UPDATE=always` writes them anew:
//! look at them before they are committed.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "screens/alerts.rs"]
mod alerts;
#[path = "screens/attached.rs"]
mod attached;
#[path = "screens/comfort.rs"]
mod comfort;
#[path = "screens/counters.rs"]
mod counters;
#[path = "screens/ended.rs"]
mod ended;
#[path = "screens/everything.rs"]
mod everything;
#[path = "screens/forest.rs"]
mod forest;
#[path = "screens/process.rs"]
mod process;
#[path = "screens/replay.rs"]
mod replay;
#[path = "screens/send.rs"]
mod send;
#[path = "screens/signal_log.rs"]
mod signal_log;
#[path = "screens/world.rs"]
mod world;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use sigtop::clock::TimeStyle;
use sigtop::event::{Aim, CountEvent, Errno, Event, FilterEvent, Kind, Origin, SenderKey, Tty};
use sigtop::filter::{Filter, Placement};
use sigtop::model::Model;
use sigtop::signal::Signal;
use sigtop::ui::head::State;
use sigtop::ui::theme::Palette;
use sigtop::ui::{Action, Effect, Look, Start, Ui, view};
use world::{NOW, S, World, busy, party, systemd};

/// A dashboard of a certain size on a certain world.
struct Screen {
    ui: Ui,
    size: (u16, u16),
}

fn look() -> Look {
    Look { time: TimeStyle::Utc, ..Look::default() }
}

fn users() -> std::sync::Arc<[(String, u32)]> {
    [("root", 0), ("alice", 1000), ("www-data", 33)].map(|(name, uid)| (name.to_string(), uid)).into()
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, &|_| None).unwrap()
}

/// As a source says it that decides these terms in the kernel, and those here.
fn placed(kernel: &str, here: &str) -> Placement {
    let terms = |text: &str| text.split_whitespace().map(String::from).collect();
    Placement { kernel: terms(kernel), here: terms(here) }
}

impl Screen {
    fn new(look: Look, size: (u16, u16), model: &Model) -> Screen {
        let mut screen = Screen {
            ui: Ui::new(look, Start { users: users(), places: sigtop::filter::kernel::placement, ..Start::default() }),
            size,
        };
        screen.act(Action::Resize { width: size.0, height: size.1 }, model);
        screen.act(Action::Tick(NOW), model);
        screen
    }

    fn act(&mut self, action: Action, model: &Model) -> Vec<Effect> {
        if let Action::Resize { width, height } = action {
            self.size = (width, height);
        }
        self.ui.update(action, model)
    }

    fn input(&mut self, input: Input, model: &Model) -> Vec<Effect> {
        self.ui.keys.action(self.ui.contexts(), &input).map_or_else(Vec::new, |action| self.act(action, model))
    }

    /// Presses these keys: letters, or `<Name>`.
    fn press(&mut self, keys: &str, model: &Model) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut rest = keys;
        while let Some(letter) = rest.chars().next() {
            let (code, used) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                Some((name, _)) => (named(name), name.len() + 2),
                None => (KeyCode::Char(letter), letter.len_utf8()),
            };
            rest = &rest[used..];
            effects.extend(self.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), model));
        }
        effects
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16, model: &Model) {
        self.input(Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }), model);
    }

    fn buffer(&self, model: &Model) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        view::draw(&mut buffer, &self.ui, model);
        buffer
    }

    fn text(&self, model: &Model) -> String {
        let buffer = self.buffer(model);
        let mut out = String::new();
        for row in buffer.content().chunks(self.size.0.into()) {
            let mut hidden = 0;
            let mut line = String::new();
            for cell in row {
                if hidden == 0 {
                    line.push_str(cell.symbol());
                    hidden = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
                }
                hidden -= 1;
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

fn named(name: &str) -> KeyCode {
    match name {
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Tab" => KeyCode::Tab,
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Bksp" => KeyCode::Backspace,
        other => panic!("no key {other}"),
    }
}

fn picture(name: &str, screen: &Screen, model: &Model) {
    insta::with_settings!({ snapshot_path => "screens", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, screen.text(model));
    });
}

/// The main screen after these keys, at this size.
fn after(name: &str, size: (u16, u16), keys: &str) {
    let world = busy();
    let mut screen = Screen::new(look(), size, &world.model);
    screen.press(keys, &world.model);
    picture(name, &screen, &world.model);
}

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 36), (200, 50)];

#[test]
fn main_screen() {
    for (width, height) in SIZES {
        after(&format!("main_{width}x{height}"), (width, height), "");
    }
    after("main_79x50", (79, 50), "");
    after("main_100x16", (100, 16), "");
    after("main_60x20", (60, 20), "");
}

#[test]
fn too_small_is_said_politely() {
    let world = busy();
    for (width, height) in [(39, 11), (40, 11), (39, 12), (12, 3), (1, 1)] {
        let screen = Screen::new(look(), (width, height), &world.model);
        let text = screen.text(&world.model);
        assert_eq!(text.lines().filter(|line| !line.is_empty()).count(), 1, "{text}");
    }
    picture("too_small_39x11", &Screen::new(look(), (39, 11), &world.model), &world.model);
}

#[test]
fn nothing_has_happened_yet() {
    let world = World::empty();
    for (width, height) in SIZES {
        let screen = Screen::new(look(), (width, height), &world.model);
        picture(&format!("empty_{width}x{height}"), &screen, &world.model);
    }
}

#[test]
fn the_source_is_not_there_yet() {
    let world = World::empty();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.ui = Ui::new(look(), Start { is_waiting: true, ..Start::default() });
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    assert!(screen.text(&world.model).lines().next().unwrap().contains("ATTACHING"));
}

#[test]
fn help() {
    for (width, height) in SIZES {
        after(&format!("help_{width}x{height}"), (width, height), "?");
    }
    after("help_end_40x12", (40, 12), "?<End>");
}

#[test]
fn checklist() {
    for (width, height) in SIZES {
        after(&format!("checklist_{width}x{height}"), (width, height), "s<Down><Down> <Right> ");
    }
    after("checklist_end_40x12", (40, 12), "sn<End> ");
}

#[test]
fn details() {
    after("detail_process_80x24", (80, 24), "<Tab><Tab><Tab><Tab>");
    after("detail_dead_120x36", (120, 36), "<Down><Down><Down><Down><Down><Down><Down>");
    after("detail_row_120x36", (120, 36), "<Tab><Up><Up><Up><Up>");
    after("detail_signal_120x36", (120, 36), "<Tab><Tab><Down>");
    after("detail_sender_120x36", (120, 36), "<Tab><Tab><Tab><Down>");
    after("detail_40x12", (40, 12), "<Down><Tab><Tab><Tab><Tab>");
}

#[test]
fn what_is_selected_opens_as_a_page_and_closes() {
    for (name, size) in [("page_80x24", (80, 24)), ("page_120x36", (120, 36))] {
        after(name, size, "<Down><Down><Down><Down><Enter>");
    }
    let world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    let before = screen.text(&world.model);
    screen.press("<Enter><End><PgDn><Esc>", &world.model);
    assert_eq!(screen.text(&world.model), before);
}

#[test]
fn folded_and_scrolled() {
    after("folded_120x36", (120, 36), "<Down><Down><Down><Down>-");
    after("scrolled_log_120x36", (120, 36), "<Tab>n<PgUp><PgUp><Up>");
    after("scrolled_log_80x24", (80, 24), "<Tab>n<PgUp><PgUp><Up>");
    after("noise_80x24", (80, 24), "<Tab>n");
    after("log_40x12", (40, 12), "<Tab>");
    after("signals_40x12", (40, 12), "<Tab><Tab>");
    after("senders_40x12", (40, 12), "<Tab><Tab><Tab>");
}

#[test]
fn ascii_and_mono() {
    let world = busy();
    let look = Look { ascii: true, palette: Palette::mono(), demo: true, ..look() };
    for (width, height) in [(80, 24), (120, 36)] {
        let screen = Screen::new(look, (width, height), &world.model);
        assert!(screen.text(&world.model).is_ascii());
        picture(&format!("ascii_{width}x{height}"), &screen, &world.model);
        let cells = screen.buffer(&world.model);
        assert!(cells.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
    let mut screen = Screen::new(look, (80, 24), &world.model);
    let partly = Action::InForce(filter("sig:TERM from:x*y"), placed("sig:TERM", "from:x*y"));
    screen.act(partly, &world.model);
    assert!(screen.text(&world.model).contains("(kernel)+here"), "{}", screen.text(&world.model));
    for keys in ["?", "<Esc>s", "<Esc>f", " fr", "<Tab><Bksp>:", "<Esc><Esc>o", "<Esc><Tab><Up> "] {
        screen.press(keys, &world.model);
        assert!(screen.text(&world.model).is_ascii(), "{}", screen.text(&world.model));
    }
}

#[test]
fn a_paused_picture_stands_still_while_signals_come() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let live = screen.text(&world.model);
    screen.press(" ", &world.model);
    let paused = screen.text(&world.model);
    for n in 0..1234 {
        let at = NOW + n * 20_000_000;
        world.send(at, "USR1", world::bash(), world::go());
    }
    let (bash, nginx) = (world::bash(), world::worker(1));
    world.killed(NOW + 25 * S, "KILL", Some(bash), nginx, Origin::User, sigtop::event::Detail::None);
    world.model.advance(NOW + 300 * S);
    screen.act(Action::Tick(NOW + 300 * S), &world.model);
    let after = screen.text(&world.model);
    assert!(after.contains("PAUSED +1,235"), "{after}");
    let body = |text: &str| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(body(&paused), body(&after));
    let unframed = |text: &str| body(text)[1..].to_vec();
    assert_eq!(unframed(&live), unframed(&paused));
    picture("paused_120x36", &screen, &world.model);

    // Within the picture everything can be looked at, and all of it is as it was.
    screen.press("<Down><Down><Down><Down><Down>-+<Enter><Esc><Tab><Up><PgUp><Home>n<End>", &world.model);
    assert!(!screen.text(&world.model).contains("USR1"), "{}", screen.text(&world.model));
    screen.press(" ", &world.model);
    screen.act(Action::Tick(NOW + 300 * S), &world.model);
    assert!(screen.text(&world.model).contains("USR1"));
    assert!(screen.text(&world.model).contains("LIVE"));
}

#[test]
fn what_a_pause_shows_outlives_the_log() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press(" ", &world.model);
    let body = |text: String| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    let paused = body(screen.text(&world.model));
    for n in 0..100_001 {
        world.send(NOW + n, "USR1", world::bash(), world::go());
    }
    screen.act(Action::Tick(NOW + S), &world.model);
    assert_eq!(body(screen.text(&world.model)), paused);
}

#[test]
fn scrolling_up_stops_following_but_not_capture() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    assert!(screen.text(&world.model).contains("following ▼"));
    screen.press("<Tab><PgUp><PgUp>", &world.model);
    let before = screen.text(&world.model);
    let row = |text: &str| text.lines().nth(8).map(|line| line.chars().skip(50).collect::<String>());
    for n in 0..40 {
        world.send(NOW + n, "USR1", world::bash(), world::go());
    }
    screen.act(Action::Tick(NOW + S), &world.model);
    let after = screen.text(&world.model);
    assert_eq!(row(&before), row(&after));
    assert!(after.contains("newer ▼") && !after.contains("following"), "{after}");
    screen.press("G", &world.model);
    assert!(screen.text(&world.model).contains("following ▼"));
    assert!(screen.text(&world.model).contains("USR1"));
    // Down past the newest row follows again, too.
    screen.press("<Up><Up><Down><Down>", &world.model);
    assert!(screen.text(&world.model).contains("following ▼"));
}

#[test]
fn hostile_names_do_no_harm() {
    let mut world = busy();
    let names = [
        "\x1b[31m\x1b[2Jx",
        "\u{202e}gnp.exe",
        "日本語日本語",
        "a\u{300}\u{301}\u{302}\u{303}b",
        "\n\r\t|",
        "👩‍👩‍👧‍👦x",
        "ｶﾞｶﾞｶﾞｶﾞ",
    ];
    for (n, name) in names.iter().enumerate() {
        let who = party(name, 30_000 + n as u32, 1000);
        let tty = Tty::parse("pts/3").unwrap();
        world.seen(who, Some(systemd()), tty, name, &[name, "\x1b]0;title\x07", "\0"], "/\x1b[0m");
        world.send(NOW - S + n as u64, "HUP", who, who);
    }
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW, generation: 1, text: "sig:\x1b[31mHUP".into() })));
    for (width, height) in [(80, 24), (120, 36)] {
        let mut screen = Screen::new(look(), (width, height), &world.model);
        screen.press("<End><PgUp><Down><Down>", &world.model);
        picture(&format!("hostile_{width}x{height}"), &screen, &world.model);
        for cell in screen.buffer(&world.model).content() {
            assert!(!cell.symbol().chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
        }
        // The frame is where it was: nothing pushed it aside.
        let text = screen.text(&world.model);
        let width_of = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        assert!(text.lines().skip(2).take(5).all(|line| width_of(line) == usize::from(width)), "{text}");
    }
}

#[test]
fn what_failed_is_shown_and_probes_are_noise() {
    let mut world = busy();
    let (vim, nginx) = (party("vim", 4410, 1000), party("nginx", 881, 0));
    let aim = Aim::Process(881);
    world.attempt(NOW - S, 15, vim, aim, Some(nginx), Some(Errno::PERM));
    world.attempt(NOW - S, 0, vim, aim, Some(nginx), None);
    world.attempt(NOW - S, 0, vim, Aim::Process(4711), None, Some(Errno::SRCH));
    world.attempt(NOW - S, 99, vim, Aim::Group(881), None, Some(Errno::INVAL));
    world.attempt(NOW - S, 9, vim, Aim::All, None, Some(Errno::PERM));
    world.attempt(NOW - S, 23, vim, Aim::Fd(5), None, Some(Errno(131)));
    world.model.stream.header.roads = vec!["failed sends are seen at their exit".into()];
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    picture("attempts_120x36", &screen, &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("failed EPERM") && text.contains("hides CHLD,URG,probes"), "{text}");
    assert!(!text.contains("4711") && !text.contains("fd 5"), "probes and URG are noise: {text}");
    screen.press("n<Tab><Up>", &world.model);
    picture("attempts_noise_120x36", &screen, &world.model);
    assert!(screen.text(&world.model).contains("pid 4711"), "and come back");
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    picture("attempts_80x24", &screen, &world.model);
    screen.act(Action::Resize { width: 200, height: 50 }, &world.model);
    screen.press("?<End>", &world.model);
    assert!(screen.text(&world.model).contains("failed sends are seen at their exit"));
}

/// Counted beside the totals: of a signal, and of a sender that sent nothing else.
#[test]
fn what_failed_is_counted_beside_the_totals() {
    let mut world = World::empty();
    let curl = party("curl", 9950, 1000);
    for _ in 0..3 {
        world.attempt(NOW - S, 15, curl, Aim::All, None, Some(Errno::PERM));
    }
    world.attempt(NOW - S, 0, curl, Aim::All, None, None);
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press("<Tab><Tab>", &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("3 failed") && text.contains("total   0"), "{text}");
    screen.press("<Tab>", &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("in vain failed 3, probes 1"), "{text}");
}

#[test]
fn losses_and_narrowed_capture_are_said() {
    let mut world = busy();
    let lost = CountEvent {
        mono_ns: NOW - S,
        kind: Some(Kind::Signal),
        count: 1234,
        signal: Some(Signal::ALRM),
        sender: Some(SenderKey::Kernel(Origin::Timer)),
        result: None,
        since_ns: None,
    };
    world.apply(Event::Lost(lost));
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW, generation: 1, text: "!sig:ALRM".into() })));
    world.model.stream.header.missing = vec!["no task_rename: names may be out of date".into()];
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let skipped = CountEvent { mono_ns: NOW, count: 4711, sender: None, ..lost };
    world.apply(Event::Skipped(skipped));
    screen.act(Action::InForce(filter("!sig:ALRM"), placed("!sig:ALRM", "")), &world.model);
    picture("lost_120x36", &screen, &world.model);
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    picture("lost_80x24", &screen, &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("lost 1,234") && text.contains("!sig:ALRM ⚡ 4,711 out"), "{text}");
    screen.press("?<End>", &world.model);
    assert!(screen.text(&world.model).contains("Keys"));
    screen.act(Action::Resize { width: 200, height: 50 }, &world.model);
    assert!(screen.text(&world.model).contains("no task_rename"));
}

#[test]
fn the_checklist_asks_and_the_source_answers() {
    let world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    assert_eq!(screen.press("s<Esc>", &world.model), []);
    assert_eq!(screen.press("s<Enter>", &world.model), [], "nothing was changed");
    let set = |text: &str| [Effect::SetFilter(filter(text))];
    assert_eq!(screen.press("sn <Enter>", &world.model), set("sig:HUP"));
    assert!(screen.text(&world.model).contains("capture: all"), "not before the source says so");
    screen.act(Action::Refused("cannot: the map is gone".into()), &world.model);
    assert!(screen.text(&world.model).contains("cannot: the map is gone"));
    screen.press("<Down>", &world.model);
    assert!(!screen.text(&world.model).contains("cannot"));
    screen.press("sn <Enter>", &world.model);
    screen.act(Action::InForce(filter("sig:HUP uid:0"), placed("sig:HUP uid:0", "")), &world.model);
    assert!(screen.text(&world.model).contains("capture: sig:HUP uid:0 ⚡"));
    assert_eq!(screen.press("si<Enter>", &world.model), set("!sig:HUP uid:0"), "the other terms stay");
    screen.act(Action::InForce(filter("!sig:HUP uid:0"), Placement::default()), &world.model);
    assert_eq!(screen.press("sa<Enter>", &world.model), set("uid:0"));
}

/// Opens the bar, empties it, and types.
fn type_filter(screen: &mut Screen, key: &str, text: &str, model: &Model) -> Vec<Effect> {
    screen.press(key, model);
    screen.input(Input::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)), model);
    screen.press(text, model)
}

#[test]
fn the_bar_asks_for_a_capture_and_stays_until_the_source_takes_it() {
    let world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    assert_eq!(screen.press("f<Enter>", &world.model), [], "it is so already");
    let asked = type_filter(&mut screen, "f", "sig:TERM from:bash<Enter>", &world.model);
    assert_eq!(asked, [Effect::SetFilter(filter("sig:TERM from:bash"))]);
    let text = screen.text(&world.model);
    assert!(text.contains("sig:TERM from:bash") && text.contains("on its way"), "{text}");
    screen.act(Action::Refused("too many pids for the kernel: 70,000 of 65,536".into()), &world.model);
    picture("bar_refused_80x24", &screen, &world.model);
    assert_eq!(screen.press("1<Enter>", &world.model), [Effect::SetFilter(filter("sig:TERM from:bash1"))]);
    screen.press("<Esc>", &world.model);
    screen.act(Action::Refused("no room".into()), &world.model);
    assert!(screen.text(&world.model).contains("no room"), "said below where the bar is gone");
    type_filter(&mut screen, "f", "sig:TERM from:bash<Enter>", &world.model);
    screen.act(Action::InForce(filter("sig:TERM from:bash"), placed("sig:TERM", "from:bash")), &world.model);
    picture("filtered_80x24", &screen, &world.model);
    screen.press("f", &world.model);
    picture("bar_80x24", &screen, &world.model);
}

#[test]
fn a_view_holds_at_once_and_comes_and_goes_without_the_source() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let rows = |screen: &Screen, world: &World| -> Vec<String> {
        let text = screen.text(&world.model);
        let column = |line: &str| line.chars().skip(48).collect::<String>();
        text.lines().skip(3).take(20).map(column).filter(|row| row.contains("17:3")).collect()
    };
    let before = rows(&screen, &world);
    assert_eq!(type_filter(&mut screen, "F", "from:bash<Enter>", &world.model), []);
    let bash = rows(&screen, &world);
    assert!(bash.len() == 5 && bash.iter().all(|row| row.contains("bash 1234")), "{bash:#?}");
    picture("viewed_120x36", &screen, &world.model);
    // Rows that come are asked, too.
    world.send(NOW + 1, "USR1", world::bash(), world::go());
    world.send(NOW + 2, "USR1", world::go(), world::go());
    screen.act(Action::Tick(NOW + S), &world.model);
    assert_eq!(rows(&screen, &world).len(), 6);
    screen.press("u", &world.model);
    assert!(screen.text(&world.model).contains("undone: view again everything"));
    assert_eq!(rows(&screen, &world).len(), before.len());
    screen.press("U", &world.model);
    assert_eq!(rows(&screen, &world).len(), 6);
    // What a filter asks for by name is no noise.
    type_filter(&mut screen, "F", "sig:URG<Enter>", &world.model);
    assert!(rows(&screen, &world).iter().all(|row| row.contains("URG")) && rows(&screen, &world).len() > 5);
    assert!(screen.text(&world.model).contains("view: sig:URG   hides CHLD"), "{}", screen.text(&world.model));
    // Nor does it change the picture that stands still, but for what is shown of it.
    screen.press(" ", &world.model);
    type_filter(&mut screen, "F", "sig:CHLD<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("come back when the picture goes on"));
    screen.press(" ", &world.model);
    assert!(rows(&screen, &world).iter().any(|row| row.contains("CHLD")));
}

/// That filters are in force is seen at every size, and what they keep out.
#[test]
fn both_filters_are_in_the_header() {
    let mut world = busy();
    let text = "sig:TERM,KILL,HUP from:deploy* !to:cron";
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW - S, generation: 1, text: text.into() })));
    let sender = Some(SenderKey::Process(world::go().key));
    let kind = Some(Kind::Signal);
    let skipped = CountEvent {
        mono_ns: NOW,
        kind,
        count: 123_456,
        signal: Some(Signal::URG),
        sender,
        result: None,
        since_ns: None,
    };
    world.apply(Event::Skipped(skipped));
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut screen = Screen::new(look(), (width, height), &world.model);
        screen.act(Action::InForce(filter(text), placed("sig:TERM,KILL,HUP !to:cron", "from:deploy*")), &world.model);
        type_filter(&mut screen, "F", "to:nginx* or tree:812<Enter>", &world.model);
        picture(&format!("both_filters_{width}x{height}"), &screen, &world.model);
        let header = screen.text(&world.model).lines().next().unwrap().to_string();
        for part in ["capture: sig:", "⚡+here", "123k out", "view: "] {
            assert!(header.contains(part), "{header}");
        }
        let buffer = screen.buffer(&world.model);
        let at = header.find("capture").unwrap();
        let column = header[..at].chars().count() as u16;
        let cell = &buffer[(column, 0)];
        assert!(cell.fg == Color::Yellow && cell.modifier.contains(Modifier::BOLD), "{cell:?}");
    }
    // A new filter begins to count anew.
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW, generation: 2, text: "sig:TERM".into() })));
    let screen = Screen::new(look(), (80, 24), &world.model);
    assert!(!screen.text(&world.model).contains(" out"));
}

#[test]
fn what_is_wrong_is_marked_where_it_is() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    assert_eq!(type_filter(&mut screen, "f", "sig:TERM frm:bash to:cron<Enter>", &world.model), []);
    picture("bar_wrong_120x36", &screen, &world.model);
    let text = screen.text(&world.model);
    let row = text.lines().position(|line| line.contains("frm:bash")).unwrap();
    let column =
        text.lines().nth(row).unwrap().find("frm:").map(|at| text.lines().nth(row).unwrap()[..at].chars().count());
    let column = column.unwrap() as u16;
    let mark = text.lines().nth(row + 1).unwrap().find('^').unwrap() as u16;
    assert_eq!(mark, column);
    let cells = screen.buffer(&world.model);
    for (x, wrong) in [(column - 1, false), (column, true), (column + 3, true), (column + 5, false)] {
        let cell = &cells[(x, row as u16)];
        assert_eq!((cell.fg == Color::Red, cell.modifier.contains(Modifier::UNDERLINED)), (wrong, wrong), "{x}");
    }
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    assert!(screen.text(&world.model).contains("did you mean from:?"), "{}", screen.text(&world.model));
    // The cursor is seen, wherever it goes, at any width.
    for width in [40, 41, 47, 80] {
        screen.act(Action::Resize { width, height: 12 }, &world.model);
        for keys in ["", "<Home>", "<Right><Right>", "<End>"] {
            screen.press(keys, &world.model);
            let cells = screen.buffer(&world.model);
            let cursor = (0..width).filter(|x| {
                cells[(*x, 12 - 4)].modifier.contains(Modifier::REVERSED)
                    || cells[(*x, 12 - 3)].modifier.contains(Modifier::REVERSED)
            });
            assert!(cursor.count() >= 1, "{width}");
        }
    }
}

#[test]
fn what_could_stand_there_is_offered() {
    let mut world = busy();
    let hostile = party("a b\x1b[31m:\u{202e}", 30_000, 1000);
    world.seen(hostile, None, Tty::parse("pts/3").unwrap(), "", &[], "");
    for (name, size, keys) in [
        ("bar_keys_80x24", (80, 24), "f"),
        ("bar_values_120x36", (120, 36), "fsig:TERM from:"),
        ("bar_pids_200x50", (200, 50), "fsig:TERM tree:8"),
        ("bar_names_40x12", (40, 12), "fsig:TERM from:d"),
    ] {
        let mut screen = Screen::new(look(), size, &world.model);
        screen.press(keys, &world.model);
        screen.press("<Tab><Tab>", &world.model);
        picture(name, &screen, &world.model);
        for cell in screen.buffer(&world.model).content() {
            assert!(!cell.symbol().chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
        }
    }
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press("fuser:al", &world.model);
    assert!(screen.text(&world.model).contains("alice"));
    assert_eq!(screen.press("<Tab><Enter>", &world.model), [Effect::SetFilter(alice())]);
    screen.press("<Esc>Funit:ng", &world.model);
    // By the mouse, and closed first by Esc.
    let text = screen.text(&world.model);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains("│ nginx.service")).unwrap();
    let column = line[..line.find("nginx.service").unwrap()].chars().count();
    screen.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, row as u16, &world.model);
    assert!(screen.text(&world.model).contains("view    ▏unit:nginx.service"), "{}", screen.text(&world.model));
    screen.press(" from:<Esc>", &world.model);
    assert!(screen.text(&world.model).contains("unit:nginx.service from:"));
    screen.press("<Esc>", &world.model);
    assert!(screen.text(&world.model).contains("view: hides CHLD"), "it was left");
    // A hostile name is typed as it is shown.
    screen.press("Ffrom:a<Tab><Enter>", &world.model);
    screen.press("<Enter>", &world.model);
    assert_eq!(screen.ui.filters.view.to_string(), r#"from:"a b\x1b[31m:\u{202e}""#);
}

fn alice() -> Filter {
    Filter::parse("user:alice", &|_| Some(1000)).unwrap()
}

#[test]
fn chooser() {
    after("chooser_row_80x24", (80, 24), "<Tab><Up><Up><Up>o");
    after("chooser_not_view_120x36", (120, 36), "<Down><Down>x<Tab><Down>");
    after("chooser_40x12", (40, 12), "o");
    let world = busy();
    for (keys, asked) in [
        ("<Tab><Up><Up><Up>o1", "sig:KILL"),
        ("<Tab><Up><Up><Up>x<Down><Enter>", "!from:1"),
        ("<Tab><Up><Up><Up>o3", "to:881"),
        ("<Tab><Up><Up><Up>x4", "!tree:1"),
        ("<Tab><Up><Up>o2", "origin:oom"),
        ("o4", "tree:1"),
        ("<Tab><Tab>x1", "!sig:URG"),
        ("<Tab><Tab><Tab>o1", "from:2210"),
        ("<Tab><Tab><Tab><Down>o1", "origin:timer"),
    ] {
        let mut screen = Screen::new(look(), (120, 36), &world.model);
        assert_eq!(screen.press(keys, &world.model), [Effect::SetFilter(filter(asked))], "{keys}");
    }
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    assert_eq!(screen.press("o5<Esc>", &world.model), [], "there is no fifth row");
    assert_eq!(screen.press("<Tab>o", &world.model), [], "the newest row, while the log follows");
    assert!(screen.text(&world.model).contains("sig:SEGV"));
    screen.press("<Esc><End>", &world.model);
    // It adds to what is there; the same twice adds nothing.
    screen.act(Action::InForce(filter("uid:0 or uid:500"), Placement::default()), &world.model);
    screen.press("<Up>", &world.model);
    let asked = filter("(uid:0 or uid:500) !sig:SEGV");
    assert_eq!(screen.press("x1", &world.model), [Effect::SetFilter(asked.clone())]);
    screen.act(Action::InForce(asked, Placement::default()), &world.model);
    assert_eq!(screen.press("x1", &world.model), []);
    // To the view, by the mouse.
    screen.press("o<Tab>", &world.model);
    let text = screen.text(&world.model);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains("1 this signal")).unwrap();
    let column = line[..line.find("this signal").unwrap()].chars().count();
    screen.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, row as u16, &world.model);
    assert!(screen.text(&world.model).contains("view: sig:SEGV"), "{}", screen.text(&world.model));
}

#[test]
fn fates_have_their_colours() {
    let world = busy();
    let screen = Screen::new(look(), (120, 36), &world.model);
    let (text, buffer) = (screen.text(&world.model), screen.buffer(&world.model));
    let colour = |word: &str| {
        let (row, line) = text.lines().enumerate().skip(2).find(|(_, line)| line.contains(word)).unwrap();
        let column = line[..line.find(word).unwrap()].chars().count();
        buffer[(column as u16, row as u16)].fg
    };
    for (word, expected) in [
        ("handled ", Color::Green),
        ("pending ", Color::Yellow),
        ("killed ", Color::Red),
        ("ignored ", Color::DarkGray),
        ("coalesced", Color::DarkGray),
        ("stopped ", Color::Magenta),
    ] {
        assert_eq!(colour(word), expected, "{word}");
    }
}

#[test]
fn the_mouse_selects_and_scrolls_what_is_under_it() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let selected =
        |screen: &Screen, row: u16| screen.buffer(&world.model)[(4, row)].modifier.contains(Modifier::REVERSED);
    assert!(selected(&screen, 3));
    screen.mouse(MouseEventKind::Down(MouseButton::Left), 10, 6, &world.model);
    assert!(selected(&screen, 6) && !selected(&screen, 3));
    screen.mouse(MouseEventKind::ScrollUp, 100, 10, &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("newer ▼"), "the log scrolls though the tree has the keys: {text}");
    screen.mouse(MouseEventKind::ScrollDown, 100, 10, &world.model);
    assert!(screen.text(&world.model).contains("following ▼"));
    // At 80x24 three panels share a place; a click on its name brings one up.
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    let text = screen.text(&world.model);
    let line = text.lines().nth(1).unwrap();
    let column = line[..line.find("Sender").or_else(|| line.find("By sender")).unwrap()].chars().count();
    screen.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, 1, &world.model);
    assert!(screen.text(&world.model).contains("MOST") || screen.text(&world.model).contains("SENDER"));
}

#[test]
fn the_ways_out() {
    let world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    let control = |c| Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
    assert_eq!(screen.input(control('z'), &world.model), [Effect::Suspend]);
    assert_eq!(screen.input(control('l'), &world.model), [Effect::Redraw]);
    assert_eq!(screen.press("?q", &world.model), [], "q closes what is open first");
    assert_eq!(screen.press("q", &world.model), [Effect::Quit]);
    screen.press("s", &world.model);
    assert_eq!(screen.input(control('c'), &world.model), [Effect::Quit]);
}

/// Whatever is pressed, turned, resized or told.
fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (b' '..=b'~').prop_map(|letter| Step::Key(KeyCode::Char(letter.into()))),
        1 => (1..=12u8).prop_map(|number| Step::Key(KeyCode::F(number))),
        1 => (b'a'..=b'z').prop_map(|letter| Step::Ctrl(letter.into())),
        6 => prop_oneof![
            Just(KeyCode::Up), Just(KeyCode::Down), Just(KeyCode::Left), Just(KeyCode::Right), Just(KeyCode::PageUp),
            Just(KeyCode::PageDown), Just(KeyCode::Home), Just(KeyCode::End), Just(KeyCode::Tab), Just(KeyCode::BackTab),
            Just(KeyCode::Enter), Just(KeyCode::Esc), Just(KeyCode::Backspace),
        ].prop_map(Step::Key),
        2 => (any::<u8>(), any::<u8>(), 0..3u8).prop_map(|(x, y, kind)| Step::Mouse(x.into(), y.into(), kind)),
        1 => (0..210u16, 0..60u16).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (0..20u64).prop_map(Step::Events),
        1 => any::<bool>().prop_map(Step::Answer),
        1 => Just(Step::Tick),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Key(KeyCode),
    Ctrl(char),
    Mouse(u16, u16, u8),
    Resize(u16, u16),
    Events(u64),
    Answer(bool),
    Tick,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_anything_panics(steps in proptest::collection::vec(any_step(), 1..60), ascii: bool, played: bool) {
        let mut world = busy();
        let mut now = NOW;
        let mut screen = Screen::new(Look { ascii, replay: played, ..look() }, (80, 24), &world.model);
        if played {
            screen.act(Action::Head(replay::head(State::Paused)), &world.model);
        }
        for step in steps {
            match step {
                Step::Key(code) => drop(screen.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), &world.model)),
                Step::Ctrl(letter) => {
                    let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
                    screen.input(Input::Key(event), &world.model);
                }
                Step::Mouse(x, y, kind) => {
                    let kinds = [
                        MouseEventKind::Down(MouseButton::Left), MouseEventKind::ScrollUp, MouseEventKind::ScrollDown,
                    ];
                    screen.mouse(kinds[usize::from(kind)], x, y, &world.model);
                }
                Step::Resize(width, height) => drop(screen.act(Action::Resize { width, height }, &world.model)),
                Step::Events(n) => {
                    for i in 0..n {
                        let child = party("child", 40_000 + (now / S) as u32 % 100 + i as u32, 7);
                        world.send(now + i, "USR2", world::bash(), child);
                        if i % 4 == 1 {
                            let errno = (i > 9).then_some(Errno::SRCH);
                            world.attempt(now + i, 0, child, Aim::Fd(i as i32), None, errno);
                        }
                        if i % 3 == 0 {
                            world.killed(now + i, "KILL", None, child, Origin::Oom, sigtop::event::Detail::None);
                        }
                    }
                }
                Step::Answer(true) => {
                    let asked = filter("sig:TERM,CHLD or from:bash");
                    screen.act(Action::InForce(asked, placed("sig:TERM,CHLD", "")), &world.model);
                }
                Step::Answer(false) => drop(screen.act(Action::Refused("no".into()), &world.model)),
                Step::Tick => {
                    now += 40 * S;
                    world.model.advance(now);
                    screen.act(Action::Tick(now), &world.model);
                    if played {
                        screen.act(Action::Head(replay::head(State::Reading(None))), &world.model);
                        screen.act(Action::Rewound { same_rows: now.is_multiple_of(3) }, &world.model);
                        screen.act(Action::Arrived, &world.model);
                        screen.act(Action::Died(world::go().key), &world.model);
                    }
                }
            }
            screen.buffer(&world.model);
            let contexts = screen.ui.contexts();
            prop_assert!(sigtop::ui::keys::Context::TOGETHER.contains(&contexts), "{contexts:?} is not in the table");
        }
    }
}
