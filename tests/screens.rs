//! Keys in, screen out: the dashboard at every size, compared with the pictures in `tests/screens/`.
//!
//! Pictures are text; what only colour tells is asserted cell by cell. `INSTA_UPDATE=always` writes them anew:
//! look at them before they are committed.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "screens/world.rs"]
mod world;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use sigtop::clock::TimeStyle;
use sigtop::event::{CountEvent, Event, FilterEvent, Kind, Origin, SenderKey, Tty};
use sigtop::model::Model;
use sigtop::signal::{Signal, SignalSet};
use sigtop::ui::theme::Palette;
use sigtop::ui::{Action, Effect, Look, Ui, keys, view};
use world::{NOW, S, World, busy, party, systemd};

/// A dashboard of a certain size on a certain world.
struct Screen {
    ui: Ui,
    size: (u16, u16),
}

fn look() -> Look {
    Look { time: TimeStyle::Utc, ..Look::default() }
}

impl Screen {
    fn new(look: Look, size: (u16, u16), model: &Model) -> Screen {
        let mut screen = Screen { ui: Ui::new(look, SignalSet::ALL), size };
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
        keys::action(self.ui.contexts(), &input).map_or_else(Vec::new, |action| self.act(action, model))
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
fn folded_and_scrolled() {
    after("folded_120x36", (120, 36), "<Down><Down><Down><Down><Enter>");
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
    let look = Look { ascii: true, palette: Palette::Mono, demo: true, ..look() };
    for (width, height) in [(80, 24), (120, 36)] {
        let screen = Screen::new(look, (width, height), &world.model);
        assert!(screen.text(&world.model).is_ascii());
        picture(&format!("ascii_{width}x{height}"), &screen, &world.model);
        let cells = screen.buffer(&world.model);
        assert!(cells.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
    let mut screen = Screen::new(look, (80, 24), &world.model);
    for keys in ["?", "<Esc>s", "<Esc><Tab><Up> "] {
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
    screen.press("<Down><Down><Down><Down><Down><Enter><Enter><Tab><Up><PgUp><Home>n<End>", &world.model);
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
fn losses_and_narrowed_capture_are_said() {
    let mut world = busy();
    let lost = CountEvent {
        mono_ns: NOW - S,
        kind: Some(Kind::Signal),
        count: 1234,
        signal: Some(Signal::ALRM),
        sender: Some(SenderKey::Kernel(Origin::Timer)),
    };
    world.apply(Event::Lost(lost));
    world.apply(Event::Filter(Box::new(FilterEvent { mono_ns: NOW, generation: 1, text: "!sig:ALRM".into() })));
    world.model.stream.header.missing = vec!["no task_rename: names may be out of date".into()];
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let mut set = SignalSet::ALL;
    set.remove(Signal::ALRM);
    screen.act(Action::InForce(set), &world.model);
    picture("lost_120x36", &screen, &world.model);
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    picture("lost_80x24", &screen, &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("lost 1,234") && text.contains("not ALRM"), "{text}");
    screen.press("?", &world.model);
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
    let only_hup = [Signal::HUP].into_iter().collect();
    assert_eq!(screen.press("sn <Enter>", &world.model), [Effect::SetSignals(only_hup)]);
    assert!(screen.text(&world.model).contains("capture: all"), "not before the source says so");
    screen.act(Action::Refused("cannot: the map is gone".into()), &world.model);
    assert!(screen.text(&world.model).contains("cannot: the map is gone"));
    screen.press("j", &world.model);
    assert!(!screen.text(&world.model).contains("cannot"));
    screen.act(Action::InForce(only_hup), &world.model);
    assert!(screen.text(&world.model).contains("capture: HUP"));
    assert_eq!(screen.press("si<Enter>", &world.model), [Effect::SetSignals(only_hup.complement())]);
    assert_eq!(screen.press("sa<Enter>", &world.model), [Effect::SetSignals(SignalSet::ALL)]);
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
    let keys = "kjhlgGn s?q-+ai \t";
    prop_oneof![
        6 => (0..keys.len()).prop_map(move |i| Step::Key(KeyCode::Char(keys.as_bytes()[i] as char))),
        6 => prop_oneof![
            Just(KeyCode::Up), Just(KeyCode::Down), Just(KeyCode::Left), Just(KeyCode::Right), Just(KeyCode::PageUp),
            Just(KeyCode::PageDown), Just(KeyCode::Home), Just(KeyCode::End), Just(KeyCode::Tab), Just(KeyCode::BackTab),
            Just(KeyCode::Enter), Just(KeyCode::Esc),
        ].prop_map(Step::Key),
        2 => (any::<u8>(), any::<u8>(), 0..3u8).prop_map(|(x, y, kind)| Step::Mouse(x.into(), y.into(), kind)),
        1 => (0..210u16, 0..60u16).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (0..20u64).prop_map(Step::Events),
        1 => Just(Step::Tick),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Key(KeyCode),
    Mouse(u16, u16, u8),
    Resize(u16, u16),
    Events(u64),
    Tick,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_anything_panics(steps in proptest::collection::vec(any_step(), 1..60), ascii: bool) {
        let mut world = busy();
        let mut now = NOW;
        let mut screen = Screen::new(Look { ascii, ..look() }, (80, 24), &world.model);
        for step in steps {
            match step {
                Step::Key(code) => drop(screen.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), &world.model)),
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
                        if i % 3 == 0 {
                            world.killed(now + i, "KILL", None, child, Origin::Oom, sigtop::event::Detail::None);
                        }
                    }
                }
                Step::Tick => {
                    now += 40 * S;
                    world.model.advance(now);
                    screen.act(Action::Tick(now), &world.model);
                }
            }
            screen.buffer(&world.model);
        }
    }
}
