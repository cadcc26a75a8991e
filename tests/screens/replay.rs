//! A recording that is played: its line of time, the prompt for a time, and that every moment of it looks as it looked
//! live, however one came there.

use super::*;
use sigtop::app::feed::{self, News};
use sigtop::app::playback::{Arrival, Playback};
use sigtop::event::Header;
use sigtop::filter::sieve::Narrows;
use sigtop::model::Limits;
use sigtop::sink::{Sink, json::Json};
use sigtop::source::live;
use sigtop::source::replay::Options;
use sigtop::source::synth::{self, Synth};
use sigtop::ui::head::{self, Deaths, Head, Pace, Play, Speed};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// The head where the picture of the busy world is: two minutes and twelve seconds into five minutes.
pub fn head(state: State) -> Head {
    let mut deaths = Deaths::new(world::START);
    [20, 95, 130, 131, 250].iter().for_each(|second| deaths.put(world::START + second * S));
    let (begin_ns, end_ns) = (world::START, Some(world::START + 300 * S));
    Head { begin_ns, end_ns, at_ns: NOW, state, speed: Speed::USUAL, deaths }
}

fn played(head: Head, look: Look, size: (u16, u16), model: &Model) -> Screen {
    let mut screen = Screen::new(Look { replay: true, ..look }, size, model);
    screen.act(Action::Head(head), model);
    screen.act(Action::Tick(NOW), model);
    screen
}

#[test]
fn a_recording_has_a_line_of_time() {
    let world = busy();
    for (width, height) in SIZES {
        let screen = played(head(State::Playing), look(), (width, height), &world.model);
        picture(&format!("replay_{width}x{height}"), &screen, &world.model);
    }
    let states = [State::Paused, State::End, State::Reading(Some(43)), State::Reading(None)];
    for (state, name) in states.into_iter().zip(["paused", "end", "reading", "reading_blindly"]) {
        let screen = played(head(state), look(), (80, 24), &world.model);
        picture(&format!("replay_{name}_80x24"), &screen, &world.model);
    }
    let ascii = Look { ascii: true, palette: Palette::mono(), ..look() };
    let screen = played(head(State::Paused), ascii, (80, 24), &world.model);
    assert!(screen.text(&world.model).is_ascii());
    picture("replay_ascii_80x24", &screen, &world.model);
    // Over several days the day is said; where the end is not known there is no bar.
    let days =
        Head { end_ns: Some(world::START + 200_000 * S), speed: Speed::parse("600").unwrap(), ..head(State::Playing) };
    picture("replay_days_120x36", &played(days, look(), (120, 36), &world.model), &world.model);
    let endless = Head { end_ns: None, ..head(State::Playing) };
    picture("replay_endless_80x24", &played(endless, look(), (80, 24), &world.model), &world.model);
}

#[test]
fn its_keys_are_in_the_help_and_only_there() {
    let world = busy();
    let mut screen = played(head(State::Paused), look(), (200, 50), &world.model);
    screen.press("?", &world.model);
    picture("replay_help_200x50", &screen, &world.model);
    let mut live = Screen::new(look(), (200, 50), &world.model);
    live.press("?", &world.model);
    assert!(!live.text(&world.model).contains("A recording"));
    for key in [".", ",", "d", "D", ":", "(", ")", "=", "B", "E"] {
        live.press("<Esc>", &world.model);
        assert_eq!(live.press(key, &world.model), [], "{key}");
    }
}

/// From a pipe the same keys say why they do nothing, and what is typed behind a colon is no key.
#[test]
fn of_a_pipe_they_say_why_not() {
    let world = busy();
    let mut screen = Screen::new(Look { replay: true, ..look() }, (80, 24), &world.model);
    const WHY: &str = "this comes from a pipe: it cannot be wound";
    for key in [".", ",", "d", "D", "(", ")", "=", "B", "E"] {
        assert_eq!(screen.press(key, &world.model), [], "{key}");
        assert!(screen.text(&world.model).contains(WHY), "{key}");
        screen.press("<Esc>", &world.model);
        assert!(!screen.text(&world.model).contains(WHY), "{key}");
    }
    assert_eq!(screen.press(":q17:31", &world.model), [], "letters are text");
    picture("replay_pipe_prompt_80x24", &screen, &world.model);
    assert_eq!(screen.press("<Enter>", &world.model), []);
    assert!(screen.text(&world.model).lines().last().unwrap().contains(WHY));
    assert_eq!(screen.press(" ", &world.model), []);
    assert!(screen.ui.frozen.is_some(), "it is paused as what comes live");
    assert_eq!(screen.press(":<Esc>q", &world.model), [Effect::Quit]);
}

#[test]
fn keys_are_wishes_of_the_play_head() {
    let world = busy();
    let mut screen = played(head(State::Playing), look(), (120, 36), &world.model);
    for (key, play) in [
        (" ", Play::Toggle),
        (".", Play::Step { forward: true }),
        ("d", Play::Death { forward: true }),
        ("D", Play::Death { forward: false }),
        (")", Play::Speed(Pace::Faster)),
        ("(", Play::Speed(Pace::Slower)),
        ("=", Play::Speed(Pace::Usual)),
        ("B", Play::Begin),
        ("E", Play::End),
    ] {
        for panel in ["1", "2", "3", "4", "5"] {
            assert_eq!(screen.press(&format!("{panel}{key}"), &world.model), [Effect::Play(play)], "{key}");
        }
    }
    assert!(screen.ui.frozen.is_none(), "what is paused is the playing");
    // The newest row that is shown is not of this very moment: back to it; from there, to the one before.
    let rows: Vec<u64> = screen.ui.log.index.iter().copied().collect();
    let newest = *rows.last().unwrap();
    assert_eq!(screen.press(",", &world.model), [Effect::Play(Play::Rows(newest + 1))]);
    screen.press("k", &world.model);
    assert!(screen.text(&world.model).contains("this is a recording"));
    screen.act(Action::Head(head(State::Reading(None))), &world.model);
    assert_eq!(screen.press("<Esc>", &world.model), [Effect::Play(Play::Stop)]);
}

#[test]
fn a_click_on_the_bar_goes_there() {
    let world = busy();
    let mut screen = played(head(State::Paused), look(), (80, 24), &world.model);
    let text = screen.text(&world.model);
    let line: Vec<char> = text.lines().nth(22).unwrap().chars().collect();
    let cells: Vec<usize> = (0..line.len()).filter(|at| "━●─✗".contains(line[*at])).collect();
    let mut click = |column: usize| {
        let effects = screen.act(Action::Click { column: column as u16, row: 22 }, &world.model);
        effects
            .first()
            .map(|effect| if let Effect::Play(Play::To(moment)) = effect { *moment } else { panic!("{effect:?}") })
    };
    assert_eq!(click(cells[0]), Some(world::START));
    assert_eq!(click(*cells.last().unwrap()), Some(world::START + 300 * S), "its last cell is the end");
    let middle = click(cells[cells.len() / 2]).unwrap() - world::START;
    assert!((145 * S..155 * S).contains(&middle), "{middle}");
    assert_eq!((click(2), click(line.len() - 1)), (None, None));
}

#[test]
fn a_time_is_asked_for_and_answered() {
    let world = busy();
    let mut screen = played(head(State::Paused), look(), (80, 24), &world.model);
    screen.press(":", &world.model);
    picture("replay_prompt_80x24", &screen, &world.model);
    screen.press("17:30:59", &world.model);
    assert!(screen.text(&world.model).contains("2026-11-20 17:30:59"));
    assert_eq!(screen.press("<Enter>", &world.model), [Effect::Play(Play::To(world::START + 57 * S))]);
    screen.press(":17:30:99<Enter>", &world.model);
    picture("replay_wrong_80x24", &screen, &world.model);
    assert_eq!(screen.press("<Bksp><Bksp>5<Enter>", &world.model), [Effect::Play(Play::To(world::START + 3 * S))]);
    assert_eq!(screen.press(":-10s<Enter>", &world.model), [Effect::Play(Play::To(NOW - 10 * S))]);
    assert_eq!(screen.press(":50%<Esc>", &world.model), []);
}

/// A recording, and the same events as they came.
struct Tape {
    path: PathBuf,
    header: Header,
    events: Vec<Event>,
}

impl Tape {
    fn new(name: &str, header: Header, events: Vec<Event>) -> Tape {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.jsonl", std::process::id()));
        let mut sink = Json::new(std::fs::File::create(&path).unwrap());
        sink.header(&header).unwrap();
        events.iter().for_each(|event| sink.event(event).unwrap());
        sink.flush().unwrap();
        Tape { path, header, events }
    }

    /// So many seconds of the demo.
    fn demo(name: &str, seed: u64, seconds: u64) -> Tape {
        let header = synth::header();
        let end = header.mono_ns + seconds * S;
        let events = Synth::new(seed).take_while(|event| event.mono_ns() <= end).collect();
        Tape::new(name, header, events)
    }

    fn options(&self, filter: &str) -> Options {
        Options {
            path: self.path.clone(),
            threads: false,
            filter: super::filter(filter),
            narrows: Narrows::Signals,
            facts: Default::default(),
        }
    }

    fn end(&self) -> u64 {
        self.events.iter().map(Event::mono_ns).max().unwrap()
    }

    /// What is known at this moment.
    fn seen(&self, at_ns: u64) -> Model {
        let mut model = Model::new(self.header.clone(), Limits::default());
        let events = self.events.iter().take_while(|event| event.mono_ns() <= at_ns);
        events.for_each(|event| feed::fold(&mut model, event));
        model
    }

    /// The screens that a live dashboard had at this moment, that drew once a second (who sends most is looked for four
    /// times a second at most), one line less high: it has no line of time.
    fn live(&self, at_ns: u64) -> [Vec<String>; 3] {
        let mut model = Model::new(self.header.clone(), Limits::default());
        let mut screen = fresh((120, 35), &model);
        let mut drawn = self.header.mono_ns;
        for event in self.events.iter().take_while(|event| event.mono_ns() <= at_ns) {
            while drawn + S < event.mono_ns() {
                drawn += S;
                feed::advance(&mut model, drawn);
                screen.act(Action::Tick(drawn), &model);
            }
            feed::fold(&mut model, event);
        }
        feed::advance(&mut model, at_ns);
        screen.act(Action::Tick(at_ns), &model);
        at_all_sizes(&mut screen, &model, 1)
    }
}

/// The same at three sizes, without the last lines, of which there is one more where there is a line of time.
fn at_all_sizes(screen: &mut Screen, model: &Model, below: usize) -> [Vec<String>; 3] {
    [(80, 24), (120, 36), (200, 50)].map(|(width, height)| {
        screen.act(Action::Resize { width, height: height - 2 + below as u16 }, model);
        screen.act(Action::Tick(screen.ui.now_ns), model);
        panels(screen, model, below)
    })
}

impl Drop for Tape {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn fresh(size: (u16, u16), model: &Model) -> Screen {
    let mut screen = Screen { ui: Ui::new(look(), Start { users: users(), ..Start::default() }), size };
    screen.act(Action::Resize { width: size.0, height: size.1 }, model);
    screen
}

/// All but the last lines, which tell of keys and of the play head.
fn panels(screen: &Screen, model: &Model, below: usize) -> Vec<String> {
    let lines: Vec<String> = screen.text(model).lines().map(String::from).collect();
    lines[..lines.len() - below].to_vec()
}

/// That two pictures are the same; else, the lines that are not.
fn same(left: &[String], right: &[String], what: &str) {
    let other = left.iter().zip(right).filter(|(left, right)| left != right);
    let other: Vec<String> = other.map(|(left, right)| format!("{left}\n{right}")).collect();
    assert!(other.is_empty() && left.len() == right.len(), "{what}:\n{}", other.join("\n"));
}

/// A dashboard on a recording, as the main loop has it, without a terminal. Its header says LIVE, so that it can be
/// compared.
struct Player {
    runtime: Runtime,
    playback: Playback,
    model: Model,
    screen: Screen,
}

impl Player {
    fn open(options: Options, size: (u16, u16)) -> Player {
        let (playback, model) = Playback::open(options.clone(), None).unwrap();
        let places = sigtop::source::placement;
        let start = Start { users: users(), capture: options.filter, places, ..Start::default() };
        let mut screen = Screen { ui: Ui::new(look(), start), size };
        screen.act(Action::Resize { width: size.0, height: size.1 }, &model);
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let mut player = Player { runtime, playback, model, screen };
        player.play(Play::Toggle);
        player.settle();
        player
    }

    fn tick(&mut self) {
        let now = self.playback.now_ns(Instant::now());
        self.screen.act(Action::Head(self.playback.head()), &self.model);
        feed::advance(&mut self.model, now);
        self.screen.act(Action::Tick(now), &self.model);
    }

    fn arrived(&mut self, arrival: Arrival) {
        if let Some(model) = arrival.model {
            self.model = model;
        }
        arrival.before.into_iter().for_each(|action| drop(self.screen.act(action, &self.model)));
        self.tick();
        arrival.after.into_iter().for_each(|action| drop(self.screen.act(action, &self.model)));
    }

    /// Does a piece of work. Whether the head has come to where it was to go.
    fn work(&mut self) -> bool {
        let News::Due = self.runtime.block_on(self.playback.news()) else { panic!("a problem") };
        let ui = &self.screen.ui;
        let arrival = self.playback.work(&mut self.model, &|event, model| ui.shows(event, model), Instant::now());
        let has_arrived = arrival.is_some();
        arrival.into_iter().for_each(|arrival| self.arrived(arrival));
        has_arrived
    }

    fn settle(&mut self) {
        while !self.work() {}
    }

    fn play(&mut self, play: Play) {
        let arrival = self.playback.play(play, Instant::now()).unwrap();
        arrival.into_iter().for_each(|arrival| self.arrived(arrival));
    }

    fn go(&mut self, play: Play) {
        self.play(play);
        self.settle();
    }

    fn press(&mut self, keys: &str) {
        for effect in self.screen.press(keys, &self.model) {
            match effect {
                Effect::Play(play) => self.go(play),
                Effect::SetFilter(filter) => {
                    self.playback.set_filter(filter, Instant::now()).unwrap();
                    self.settle();
                }
                effect => panic!("{effect:?}"),
            }
        }
    }

    fn panels(&self) -> Vec<String> {
        panels(&self.screen, &self.model, 2)
    }

    fn is_as_live(&mut self, tape: &Tape, at_ns: u64) {
        let played = at_all_sizes(&mut self.screen, &self.model, 2);
        for (played, live) in played.iter().zip(tape.live(at_ns)) {
            same(played, &live, &format!("{} s after the beginning", (at_ns - tape.header.mono_ns) as f64 / 1e9));
        }
    }

    fn head(&self) -> Head {
        self.playback.head()
    }
}

/// A dashboard that went straight to this moment.
fn straight(tape: &Tape, filter: &str, at_ns: u64, size: (u16, u16)) -> Vec<String> {
    let mut player = Player::open(tape.options(filter), size);
    player.go(Play::To(at_ns));
    player.panels()
}

#[test]
fn every_moment_looks_as_it_looked_live() {
    for seed in [1, 7] {
        let tape = Tape::demo(&format!("moments-{seed}"), seed, 75);
        let mut player = Player::open(tape.options(""), (120, 36));
        // On and back, at whole seconds and between them.
        for tenths in [5, 123, 400, 390, 747, 62, 740] {
            let at = tape.header.mono_ns + tenths * S / 10;
            player.go(Play::To(at));
            assert_eq!(player.playback.now_ns(Instant::now()), at);
            player.is_as_live(&tape, at);
        }
        player.go(Play::End);
        player.is_as_live(&tape, tape.end());
    }
}

/// The same for what this kernel did: children that are stopped, asked to end, and killed.
#[test]
fn what_this_kernel_did_looks_as_it_looked_live() {
    if !rustix::process::geteuid().is_root() {
        let said: &[u8] = b"SKIPPED (needs root): what_this_kernel_did_looks_as_it_looked_live\n";
        std::io::Write::write_all(&mut std::io::stderr(), said).unwrap();
        return;
    }
    let (filter, narrows) = (filter(""), Narrows::Signals);
    let options = live::Options { buffer: 16 << 20, threads: false, filter, narrows, facts: Default::default() };
    let mut source = live::open(options).unwrap();
    let mut last = 0;
    for signal in ["STOP", "TERM", "KILL", "USR1", "CONT", "KILL"] {
        let script = format!("sleep 60 & kill -{signal} $!; kill -KILL $!; wait $!");
        let mut child = std::process::Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).spawn().unwrap();
        last = child.id();
        child.wait().unwrap();
    }
    let mut events = Vec::new();
    let is_last = |event: &Event| matches!(event, Event::Exit(e) if e.who.key.pid == last && !e.thread);
    while !events.iter().any(is_last) {
        events.extend(source.batches.blocking_recv().unwrap());
    }
    let tape = Tape::new("live", source.header.clone(), events);
    drop(source);
    let mut player = Player::open(tape.options(""), (120, 36));
    let length = tape.end() - tape.header.mono_ns;
    for percent in [20, 90, 55, 100, 70] {
        let at = tape.header.mono_ns + length / 100 * percent;
        player.go(Play::To(at));
        player.is_as_live(&tape, at);
    }
    player.go(Play::Begin);
    player.press("d");
    assert!(player.screen.text(&player.model).contains(" was killed by SIG"));
}

#[test]
fn what_is_played_looks_like_what_is_gone_to() {
    let tape = Tape::demo("played", 3, 70);
    let mut player = Player::open(tape.options(""), (120, 36));
    (0..5).for_each(|_| player.play(Play::Speed(Pace::Faster)));
    assert_eq!(player.head().speed.name(), "600x");
    for _ in 0..3 {
        if player.head().state == State::End {
            break;
        }
        player.play(Play::Toggle);
        assert_eq!(player.head().state, State::Playing);
        for _ in 0..40 {
            if player.head().state == State::Playing {
                player.work();
                player.tick();
            }
        }
        if player.head().state == State::Playing {
            player.go(Play::Toggle);
        }
        let at = player.head().at_ns;
        same(&player.panels(), &straight(&tape, "", at, (120, 36)), "played");
    }
    if player.head().state != State::End {
        player.play(Play::Toggle);
        player.settle();
    }
    assert_eq!((player.head().state, player.head().at_ns), (State::End, tape.end()));
    same(&player.panels(), &straight(&tape, "", tape.end(), (120, 36)), "played to the end");
    // At the end, time stands still; Space plays from the beginning.
    player.tick();
    assert_eq!((player.head().at_ns, player.playback.speed()), (tape.end(), None));
    player.go(Play::Toggle);
    assert_eq!(player.head().state, State::Playing);
    assert!(player.head().at_ns < tape.header.mono_ns + 60 * S);
}

#[test]
fn a_filter_that_is_set_inside_holds_for_all_of_the_past() {
    let tape = Tape::demo("filter", 7, 60);
    let at = tape.header.mono_ns + 40 * S;
    for text in ["sig:TERM,KILL,ALRM", "from:systemd", "!sig:USR1 to:postgres"] {
        let mut player = Player::open(tape.options(""), (120, 36));
        player.go(Play::To(at));
        player.press(&format!("f{text}<Enter>"));
        assert_eq!(player.head().at_ns, at);
        same(&player.panels(), &straight(&tape, text, at, (120, 36)), text);
        player.go(Play::By(-10));
        same(&player.panels(), &straight(&tape, text, at - 10 * S, (120, 36)), text);
        player.press("u");
        same(&player.panels(), &straight(&tape, "", at - 10 * S, (120, 36)), "undone");
    }
}

#[test]
fn a_step_is_one_signal_and_one_back_undoes_it() {
    let tape = Tape::demo("steps", 7, 30);
    let mut player = Player::open(tape.options(""), (120, 36));
    player.go(Play::To(tape.header.mono_ns + 5 * S));
    let mut seen = Vec::new();
    for _ in 0..12 {
        let before = player.screen.ui.log.index.len();
        player.press(".");
        assert_eq!(player.screen.ui.log.index.len(), before + 1);
        assert_eq!(player.head().state, State::Paused);
        seen.push(player.panels());
    }
    seen.pop();
    while let Some(before) = seen.pop() {
        player.press(",");
        same(&player.panels(), &before, "a step back");
    }
    // A step goes over what is not shown, and the last one is to the end.
    player.press("Fsig:KILL<Enter>");
    let count = |event: &&Event| matches!(event, Event::Signal(e) if e.signal == Signal::KILL && e.mono_ns > player.head().at_ns);
    let kills = tape.events.iter().filter(count).count();
    (0..kills).for_each(|_| player.press("."));
    assert_ne!(player.head().state, State::End);
    player.press(".");
    assert_eq!(player.head().state, State::End);
    assert!(player.screen.text(&player.model).contains("this is the end"));
}

#[test]
fn deaths_are_gone_to_one_by_one() {
    let tape = Tape::demo("deaths", 7, 60);
    let dead: Vec<(u64, u32)> =
        tape.events.iter().filter_map(|event| Some((event.mono_ns(), head::killed(event)?.pid))).collect();
    assert!(dead.len() > 5);
    let mut player = Player::open(tape.options(""), (120, 36));
    for (when, pid) in &dead {
        player.press("d");
        assert_eq!((player.head().at_ns, player.head().state), (*when, State::Paused));
        assert_eq!(player.screen.ui.tree.selected().map(|key| key.pid), Some(*pid));
        let said = player.screen.text(&player.model).lines().last().unwrap().to_string();
        assert!(said.contains(&format!(" {pid} was killed by SIG")) && said.contains("Enter tells more"), "{said}");
    }
    for (when, pid) in dead.iter().rev().skip(1) {
        player.press("D");
        assert_eq!(player.head().at_ns, *when);
        assert_eq!(player.screen.ui.tree.selected().map(|key| key.pid), Some(*pid));
    }
    assert!(player.playback.play(Play::Death { forward: false }, Instant::now()).is_err());
    player.go(Play::End);
    player.press("D");
    assert_eq!(player.head().at_ns, dead.last().unwrap().0);
    player.press("d");
    assert_eq!(player.head().state, State::End);
    assert!(player.screen.text(&player.model).contains("no other death by a signal"));
}

#[test]
fn who_stops_on_the_way_back_stays_and_so_does_the_filter() {
    let tape = Tape::demo("stop", 7, 60);
    let mut player = Player::open(tape.options(""), (120, 36));
    let at = tape.header.mono_ns + 50 * S;
    player.go(Play::To(at));
    let before = player.panels();
    player.play(Play::To(at - 20 * S));
    player.work();
    player.tick();
    assert!(matches!(player.head().state, State::Reading(Some(_))));
    assert_eq!(player.panels(), before, "until it is read, the picture stays");
    player.play(Play::Stop);
    assert_eq!((player.head().at_ns, player.head().state), (at, State::Paused));
    assert_eq!(player.panels(), before);
    player.playback.set_filter(filter("sig:KILL"), Instant::now()).unwrap();
    player.play(Play::Stop);
    assert!(player.screen.text(&player.model).contains("the filter is what it was"));
    player.go(Play::By(-1));
    same(&player.panels(), &straight(&tape, "", at - S, (120, 36)), "as if nothing had been asked for");
}

/// A recording that is still being written: at its end, what came since is gone on to.
#[test]
fn what_has_come_since_is_read_on() {
    for in_a_directory in [false, true] {
        let name = format!("grows-{in_a_directory}");
        let tape = Tape::demo(&name, 7, 60);
        let whole = std::fs::read_to_string(&tape.path).unwrap();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        let part = |count: usize| lines[..count].concat();
        let directory = tape.path.with_extension("d");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir(&directory).unwrap();
        let file = directory.join("sigtop.jsonl");
        std::fs::write(&file, part(lines.len() / 2)).unwrap();
        let path = if in_a_directory { directory.clone() } else { file.clone() };
        let mut player = Player::open(Options { path, ..tape.options("") }, (120, 36));
        player.go(Play::End);
        let (first, rows) = (player.head(), player.screen.ui.log.index.len());
        player.press(".");
        assert_eq!((player.head().at_ns, player.head().state), (first.at_ns, State::End), "nothing has come");
        std::fs::write(&file, part(lines.len() * 3 / 4)).unwrap();
        player.press(".");
        assert_eq!((player.head().state, player.screen.ui.log.index.len()), (State::Paused, rows + 1));
        assert!(player.head().end_ns > first.end_ns && player.head().at_ns > first.at_ns);
        player.press("E");
        let second = player.head();
        assert!(second.state == State::End && second.at_ns > first.at_ns);
        std::fs::write(&file, &whole).unwrap();
        player.press("d");
        assert_eq!(player.head().state, State::Paused);
        assert!(player.head().at_ns > second.at_ns);
        assert!(player.screen.text(&player.model).contains(" was killed by SIG"));
        player.press("E");
        assert_eq!((player.head().at_ns, player.head().end_ns), (tape.end(), Some(tape.end())));
        assert_eq!(player.model.log.end(), tape.seen(tape.end()).log.end());
        if in_a_directory {
            // Another stream has begun there: what is played stays the same.
            let header = Header { began_ns: tape.header.began_ns + 100 * S, ..tape.header.clone() };
            let mut sink = Json::new(std::fs::File::create(directory.join("sigtop-2.jsonl")).unwrap());
            sink.header(&header).unwrap();
            sink.flush().unwrap();
            player.press("B");
            assert_eq!(player.head().at_ns, tape.header.mono_ns);
            player.press("E");
            assert_eq!((player.head().at_ns, player.head().end_ns), (tape.end(), Some(tape.end())));
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

/// A row that is selected, a mark, and a process stay what they are where there they are.
#[test]
fn what_is_selected_is_found_again() {
    let tape = Tape::demo("selected", 7, 60);
    let mut player = Player::open(tape.options(""), (120, 36));
    let at = tape.header.mono_ns + 50 * S;
    player.go(Play::To(at));
    player.press("/700<Enter><Esc>2<Home><Down><Down>m");
    let (row, java) = (player.screen.ui.log.selected(), player.screen.ui.tree.selected());
    assert_eq!(java.map(|key| key.pid), Some(700));
    player.go(Play::By(-20));
    assert_eq!((player.screen.ui.log.selected(), player.screen.ui.tree.selected()), (row, java));
    assert_eq!(player.screen.ui.log.marks.len(), 1);
    player.press("fsig:KILL<Enter>");
    assert_eq!((player.screen.ui.log.selected(), player.screen.ui.tree.selected()), (None, java));
    assert_eq!(player.screen.ui.log.marks.len(), 0, "rows have other numbers now");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Two ways to a moment give the same screen.
    #[test]
    fn two_ways_to_a_moment_are_one(stops in proptest::collection::vec(0u64..30_000, 2..5), seed in 1u64..4, death: bool) {
        let tape = Tape::demo(&format!("ways-{seed}"), seed, 30);
        let mut player = Player::open(tape.options(""), (120, 36));
        for stop in &stops {
            if death {
                player.go(Play::Death { forward: true });
            }
            player.go(Play::To(tape.header.mono_ns + stop * world::MS));
        }
        let at = player.head().at_ns;
        // Who was looked at on the way is selected; all else is the same.
        let mut other = Player::open(tape.options(""), (120, 36));
        other.go(Play::To(at));
        if !death {
            prop_assert_eq!(player.panels(), other.panels());
        }
        prop_assert_eq!(&player.model.stream, &other.model.stream);
        prop_assert_eq!(player.model.log.end(), other.model.log.end());
        prop_assert_eq!(player.model.procs.alive_count(), other.model.procs.alive_count());
        prop_assert_eq!(player.model.procs.dead_count(), other.model.procs.dead_count());
    }
}
