//! The counters: every order, what gives way at which width, and the way from a signal to its senders to its targets.

use super::*;
use sigtop::event::SendResult;
use sigtop::model::TargetKey;
use sigtop::ui::layout::Panel;
use sigtop::ui::state::drill::Level;

const SIGNALS: &str = "<Tab><Tab>";
const SENDERS: &str = "<Tab><Tab><Tab>";

fn screen(size: (u16, u16), model: &Model, keys: &str) -> Screen {
    let mut screen = Screen::new(look(), size, model);
    screen.press(keys, model);
    screen
}

/// The keys that bring a signal's row up in the panel by signal.
fn to_signal(name: &str, model: &Model) -> String {
    let screen = screen((200, 50), model, "");
    let at = screen.ui.counters.signals.lines.iter().position(|line| line.key == Some(world::signal(name))).unwrap();
    format!("{SIGNALS}{}", "<Down>".repeat(at))
}

/// The cell of a head on the screen.
fn head(screen: &Screen, model: &Model, of: &str, head: &str) -> (u16, u16) {
    let text = screen.text(model);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(of) && line.contains(head)).unwrap();
    let from = line.find(of).unwrap();
    let at = from + line[from..].find(head).unwrap();
    (line[..at].chars().count() as u16, row as u16)
}

#[test]
fn every_column_of_the_signals_sorts() {
    let mut world = busy();
    let e = world.event(NOW, "HUP", Some(world::bash()), world::java(), Origin::User);
    world.apply(Event::Signal(sigtop::event::SignalEvent { result: SendResult::Ignored, ..e }));
    let mut screen = screen((200, 50), &world.model, SIGNALS);
    let names = |screen: &Screen| screen.ui.counters.signals.lines.iter().map(|line| line.key).collect::<Vec<_>>();
    let by_total = names(&screen);
    let click = |screen: &mut Screen, title: &str| {
        let (x, y) = head(screen, &world.model, "SIGNAL", title);
        screen.mouse(MouseEventKind::Down(MouseButton::Left), x, y, &world.model);
    };
    screen.press("<", &world.model);
    let by_number = names(&screen);
    assert!(by_number.is_sorted(), "by name: in the order of numbers");
    screen.press("I", &world.model);
    assert!(names(&screen).iter().rev().eq(&by_number));
    click(&mut screen, "TOTAL");
    assert_eq!(names(&screen), by_total);
    click(&mut screen, "KILLED");
    assert_eq!(screen.ui.counters.signals.lines[0].killed, 2, "nginx and chrome died of KILL");
    picture("signals_by_killed_200x50", &screen, &world.model);
    // The keys go through all columns that are shown, and come back.
    let mut seen = Vec::new();
    for _ in 0..20 {
        seen.push(screen.ui.counters.signals.sort.column);
        screen.press(">", &world.model);
    }
    let first = seen[0];
    let round = 1 + seen[1..].iter().position(|column| *column == first).unwrap();
    let shown: Vec<usize> = seen[..round].to_vec();
    assert_eq!(shown.len(), 6, "{shown:?}");
    assert!(!shown.contains(&sigtop::ui::state::counters::signal_column::UNSEEN), "there is no room for it");
}

#[test]
fn every_column_of_the_senders_sorts() {
    use sigtop::ui::state::counters::sender_column as is;
    let mut world = busy();
    world.attempt(NOW - S, 9, world::bash(), Aim::Process(7), None, Some(Errno::PERM));
    let mut screen = screen((200, 50), &world.model, SENDERS);
    let first = |screen: &Screen| screen.ui.counters.senders.lines[0].figures;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push((screen.ui.counters.senders.sort.column, first(&screen)));
        screen.press(">", &world.model);
    }
    let by = |column| seen.iter().find(|(c, _)| *c == column).map(|(_, figures)| *figures);
    assert_eq!(by(is::TOTAL).map(|f| f.key), Some(SenderKey::Process(world::go().key)));
    assert_eq!(by(is::KILLED).map(|f| f.killed), Some(1));
    assert_eq!(by(is::MOST).map(|f| f.most), Some(Some(world::signal("INT"))), "in the order of numbers");
    assert_eq!(by(is::TREND).map(|f| f.key), Some(SenderKey::Process(world::go().key)));
    assert!(by(is::FAILED).is_none(), "no room for it here");
    // The 500 that are listed are chosen by the order.
    for n in 0..600 {
        let at = NOW - 2 * S + n;
        for _ in 0..3 {
            world.send(at, "USR1", party("many", 50_000 + n as u32, 1), world::bash());
        }
    }
    let late = party("late", 60_000, 77);
    world.send(NOW + S, "USR2", late, world::bash());
    screen.act(Action::Tick(NOW + 2 * S), &world.model);
    let listed = |screen: &Screen| {
        let mut lines = screen.ui.counters.senders.lines.iter();
        lines.any(|line| line.figures.key == SenderKey::Process(late.key))
    };
    screen.ui.counters.senders.sort = sigtop::ui::state::sort::Sort::by(is::TOTAL);
    screen.act(Action::Tick(NOW + 2 * S + S / 2), &world.model);
    assert!(!listed(&screen), "one signal is less than three");
    let (x, y) = head(&screen, &world.model, "SENDER", "RATE");
    screen.mouse(MouseEventKind::Down(MouseButton::Left), x, y, &world.model);
    assert!(listed(&screen), "but nobody else sent in the last second");
    assert_eq!(screen.ui.counters.senders.lines.len(), 500);
}

#[test]
fn from_a_signal_to_its_senders_to_its_targets_and_back() {
    let world = busy();
    let model = &world.model;
    let term = to_signal("TERM", model);
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut screen = screen((width, height), model, &term);
        let at_first = screen.text(model);
        screen.press("<Enter>", model);
        assert_eq!(screen.ui.focus(), Panel::Senders);
        picture(&format!("drill_senders_{width}x{height}"), &screen, model);
        screen.press("<Enter>", model);
        picture(&format!("drill_targets_{width}x{height}"), &screen, model);
        screen.press("<Enter>", model);
        assert!(screen.text(model).contains("Process java 701"), "{}", screen.text(model));
        screen.press("<Esc><Bksp>", model);
        assert_eq!(screen.ui.counters.drill.level(), Level::Senders(Some(world::signal("TERM"))));
        screen.press("<Esc>", model);
        assert_eq!(screen.ui.counters.drill.level(), Level::All);
        assert_eq!(screen.ui.focus(), Panel::Signals);
        assert_eq!(screen.text(model), at_first);
    }
}

#[test]
fn a_sender_leads_to_all_that_it_sent() {
    let mut world = busy();
    let t = NOW - S;
    world.attempt(t, 15, world::bash(), Aim::Process(4711), None, Some(Errno::SRCH));
    world.attempt(t, 0, world::bash(), Aim::Process(701), Some(world::java()), None);
    world.killed(t, "KILL", Some(world::bash()), party("vim", 4410, 1000), Origin::User, sigtop::event::Detail::None);
    let model = &world.model;
    let mut screen = screen((120, 36), model, &format!("{SENDERS}<Down><Down><Enter>"));
    picture("drill_sender_120x36", &screen, model);
    let lines = &screen.ui.counters.drill.targets.lines;
    let sent = lines.iter().map(|line| u64::from(line.total)).sum();
    assert_eq!(Some(sent), model.counters.by_sender(&SenderKey::Process(world::bash().key)).map(|s| s.total));
    assert!(lines.iter().any(|line| line.key == TargetKey::Aim(Aim::Process(4711)) && line.failed == 1));
    // By outcome, the worst first; back to all senders, not to a signal.
    screen.press("<<", model);
    assert_eq!(screen.ui.counters.drill.targets.lines[0].killed, 1);
    screen.press("<Esc>", model);
    assert_eq!((screen.ui.counters.drill.level(), screen.ui.focus()), (Level::All, Panel::Senders));
    // The kernel has targets too.
    screen.press("<Home><Down><Enter>", model);
    assert!(screen.text(model).contains("kernel (timer) › targets"), "{}", screen.text(model));
    assert_eq!(screen.ui.counters.drill.targets.lines[0].total, 27);
    screen.press("<Enter>", model);
    assert!(screen.text(model).contains("Process cron 640"));
}

#[test]
fn what_was_gone_into_can_be_captured_alone() {
    let world = busy();
    let model = &world.model;
    let term = to_signal("TERM", model);
    let mut screen = screen((120, 36), model, &format!("{term}<Enter><Enter>o"));
    picture("chooser_flow_120x36", &screen, model);
    assert_eq!(screen.press("1", model), [Effect::SetFilter(filter("sig:TERM from:1234 to:701"))]);
    screen.press("x", model);
    assert_eq!(screen.press("1", model), [Effect::SetFilter(filter("!(sig:TERM from:1234 to:701)"))]);
    screen.press("<Esc>x", model);
    assert_eq!(screen.press("1", model), [Effect::SetFilter(filter("!(sig:TERM from:1234)"))]);
}

#[test]
fn a_paused_picture_is_gone_into_as_it_was() {
    let mut world = busy();
    let term = to_signal("TERM", &world.model);
    let mut screen = screen((120, 36), &world.model, &format!("{term} "));
    for n in 0..50 {
        world.send(NOW + n, "TERM", world::bash(), world::go());
    }
    screen.act(Action::Tick(NOW + 9 * S), &world.model);
    screen.press("<Enter>", &world.model);
    let count = |screen: &Screen| screen.ui.counters.drill.senders.lines[0].count;
    assert_eq!(count(&screen), 2);
    screen.press("<Enter>", &world.model);
    let targets = |screen: &Screen| screen.ui.counters.drill.targets.lines.iter().map(|t| t.total).sum::<u32>();
    assert_eq!(targets(&screen), 2);
    screen.act(Action::Tick(NOW + 10 * S), &world.model);
    assert_eq!(targets(&screen), 2);
    screen.press(" ", &world.model);
    assert_eq!(targets(&screen), 52, "the picture goes on, though nothing new has come");
    screen.press("<Esc>", &world.model);
    assert_eq!(count(&screen), 52);
}

#[test]
fn columns_of_the_counters_give_way_at_every_width() {
    let world = busy();
    let model = &world.model;
    let kill = to_signal("KILL", model);
    for width in 40..=220 {
        for keys in [SIGNALS, SENDERS, &kill, &format!("{kill}<Enter>"), &format!("{kill}<Enter><Enter>")] {
            let screen = screen((width, 40), model, keys);
            let text = screen.text(model);
            let is_named = ["SIGNAL", "SENDER", "TARGET"].iter().any(|head| text.contains(head));
            assert!(is_named && text.contains("TOTAL"), "{width}: {text}");
        }
    }
}

#[test]
fn what_is_counted_has_its_details() {
    let mut world = busy();
    world.attempt(NOW - S, 15, world::bash(), Aim::Process(7), None, Some(Errno::PERM));
    let count = |count, signal| CountEvent {
        mono_ns: NOW - S,
        kind: Some(Kind::Signal),
        count,
        signal: Some(world::signal(signal)),
        sender: Some(SenderKey::Process(world::go().key)),
        result: None,
        since_ns: None,
    };
    world.apply(Event::Lost(count(3, "TERM")));
    world.apply(Event::Skipped(count(12, "TERM")));
    let model = &world.model;
    let term = to_signal("TERM", model);
    picture("detail_flow_120x36", &screen((120, 36), model, &format!("{term}<Enter>")), model);
    picture("detail_target_120x36", &screen((120, 36), model, &format!("{term}<Enter><Down><Enter>")), model);
    // In the detail Enter opens it at full size.
    let mut page = screen((120, 36), model, &term);
    page.mouse(MouseEventKind::Down(MouseButton::Left), 100, 30, model);
    assert_eq!(page.ui.focus(), Panel::Detail);
    page.press("<Enter>", model);
    picture("page_signal_120x36", &page, model);
    let keys = format!("{SENDERS}<Down><Down><Tab><Enter>");
    picture("page_sender_80x24", &screen((80, 24), model, &keys), model);
}

#[test]
fn the_way_is_shown_on_the_smallest_screen_and_in_ascii() {
    let world = busy();
    let model = &world.model;
    let term = to_signal("TERM", model);
    picture("drill_targets_40x12", &screen((40, 12), model, &format!("{term}<Enter><Enter>")), model);
    let look = Look { ascii: true, palette: Palette::mono(), ..look() };
    let mut screen = Screen::new(look, (120, 36), model);
    for keys in [&term, "<Enter>", "<Enter>", "<Enter>"] {
        screen.press(keys, model);
        assert!(screen.text(model).is_ascii(), "{}", screen.text(model));
    }
}
