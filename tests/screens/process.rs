//! The page of a process, living and dead, and what the detail panel tells of one that is looked at in /proc.

use super::*;
use sigtop::event::{Detail, End, ProcKey};
use sigtop::signal::SignalSet;
use sigtop::ui::facts::{Facts, Masks};

fn set(text: &str) -> SignalSet {
    text.split(',').map(|name| Signal::parse(name).unwrap()).collect()
}

/// What /proc would tell of bash.
fn facts(threads: u32) -> Box<Facts> {
    Box::new(Facts {
        state: "sleeping",
        masks: Masks {
            caught: set("HUP,INT,ALRM,TERM,CHLD,WINCH,XCPU,VTALRM"),
            blocked: SignalSet::EMPTY,
            ignored: set("QUIT,TSTP,TTIN,TTOU"),
            pending: SignalSet::EMPTY,
            pending_own: SignalSet::EMPTY,
        },
        thread_count: threads.into(),
        threads: (0..threads).map(|n| (1234 + n, format!("worker-{n}"))).collect(),
        cwd: Ok("/home/alice/deploy".into()),
        exe: Ok("/usr/bin/bash (deleted)".into()),
        cgroup: "/user.slice/user-1000.slice/session-4.scope".into(),
    })
}

/// Ticks, and answers what is asked of /proc.
fn tick(screen: &mut Screen, now_ns: u64, model: &Model, answer: &Result<Box<Facts>, &'static str>) -> usize {
    let asked: Vec<ProcKey> = screen
        .act(Action::Tick(now_ns), model)
        .into_iter()
        .map(|effect| if let Effect::Look { key, .. } = effect { key } else { panic!("{effect:?}") })
        .collect();
    for key in &asked {
        screen.act(Action::Looked(*key, Some(answer.clone())), model);
    }
    asked.len()
}

/// Down to bash, to nginx (dead), to the worker that faulted (dead).
const BASH: &str = "<Down><Down><Down><Down>";
const NGINX: &str = "<Down><Down><Down><Down><Down><Down><Down><Down>";
const WORKER: &str = "<Down><Down><Down><Down><Down><Down><Down><Down><Down><Down><Down>";

#[test]
fn a_living_process_is_told_whole() {
    let world = busy();
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut screen = Screen::new(look(), (width, height), &world.model);
        screen.press(&format!("{BASH}<Enter>"), &world.model);
        assert_eq!(tick(&mut screen, NOW, &world.model, &Ok(facts(9))), 1);
        picture(&format!("process_{width}x{height}"), &screen, &world.model);
    }
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press(&format!("{BASH}<Enter>"), &world.model);
    tick(&mut screen, NOW, &world.model, &Ok(facts(9)));
    screen.press("<End>", &world.model);
    picture("process_end_80x24", &screen, &world.model);
}

#[test]
fn a_death_is_explained() {
    let world = busy();
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut screen = Screen::new(look(), (width, height), &world.model);
        screen.press(&format!("{NGINX}<Enter>"), &world.model);
        picture(&format!("death_{width}x{height}"), &screen, &world.model);
    }
    after("death_fault_120x36", (120, 36), &format!("{WORKER}<Enter>"));
    after("death_40x12", (40, 12), &format!("{NGINX}<Enter>"));
    let ascii = Look { ascii: true, palette: Palette::mono(), ..look() };
    let mut screen = Screen::new(ascii, (120, 36), &world.model);
    screen.press(&format!("{NGINX}<Enter>"), &world.model);
    assert!(screen.text(&world.model).is_ascii(), "{}", screen.text(&world.model));
}

#[test]
fn masks_stand_in_the_detail_panel_too() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(BASH, &world.model);
    tick(&mut screen, NOW, &world.model, &Ok(facts(1)));
    picture("detail_masks_120x36", &screen, &world.model);
}

#[test]
fn proc_is_read_once_a_second_while_somebody_looks() {
    let world = busy();
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press(BASH, &world.model);
    let answer = Ok(facts(9));
    assert_eq!(tick(&mut screen, NOW, &world.model, &answer), 0, "the detail panel is not on the screen");
    screen.press("<Enter>", &world.model);
    assert_eq!(tick(&mut screen, NOW, &world.model, &answer), 1);
    for n in 1..30 {
        assert_eq!(tick(&mut screen, NOW + n * S / 33, &world.model, &answer), 0);
    }
    assert_eq!(tick(&mut screen, NOW + S, &world.model, &answer), 1);
    screen.press("<Esc>", &world.model);
    assert_eq!(tick(&mut screen, NOW + 9 * S, &world.model, &answer), 0);
    // The dead have nothing in /proc.
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press(&format!("{NGINX}<Enter>"), &world.model);
    assert_eq!(tick(&mut screen, NOW, &world.model, &answer), 0);
}

#[test]
fn what_cannot_be_read_is_said() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(&format!("{BASH}<Enter>"), &world.model);
    tick(&mut screen, NOW, &world.model, &Err("another process has that pid now"));
    assert!(screen.text(&world.model).contains("/proc   another process has that pid now"));
    let partly = Facts { cwd: Err("not permitted"), exe: Err("not permitted"), ..*facts(1) };
    tick(&mut screen, NOW + S, &world.model, &Ok(Box::new(partly)));
    let text = screen.text(&world.model);
    assert!(text.contains("cwd     not permitted") && text.contains("exe     /usr/bin/bash "), "{text}");
    // A stream that is not of this machine: nothing is said, for nothing is wrong.
    screen.press("<Esc><Enter>", &world.model);
    for effect in screen.act(Action::Tick(NOW + 3 * S), &world.model) {
        let Effect::Look { key, .. } = effect else { panic!("{effect:?}") };
        screen.act(Action::Looked(key, None), &world.model);
    }
    assert!(!screen.text(&world.model).contains("/proc "), "{}", screen.text(&world.model));
}

#[test]
fn a_paused_page_stands_still() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(BASH, &world.model);
    tick(&mut screen, NOW, &world.model, &Ok(facts(1)));
    screen.press(" <Enter>", &world.model);
    let before = screen.text(&world.model);
    assert!(before.contains("PAUSED") && before.contains("caught  HUP,INT"), "{before}");
    assert!(before.contains("RTMIN+3"), "its signals: {before}");
    world.send(NOW + S, "USR1", world::bash(), world::go());
    world.killed(NOW + S, "KILL", None, world::bash(), Origin::Oom, Detail::None);
    assert_eq!(tick(&mut screen, NOW + 5 * S, &world.model, &Ok(facts(9))), 0);
    let body = |text: &str| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(body(&screen.text(&world.model)), body(&before));
    // Its death is told when the picture goes on; one that was dead in the picture is explained from the picture.
    screen.press("<Esc>", &world.model);
    screen.press("<Down><Down><Down><Down><Enter>", &world.model);
    world.model.advance(NOW + 300 * S);
    let text = screen.text(&world.model);
    assert!(text.contains("because it was still alive 10s after SIGTERM"), "{text}");
    screen.press("<Esc> ", &world.model);
}

#[test]
fn a_page_tells_of_a_death_as_it_happens_and_keeps_it() {
    let mut world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(&format!("{BASH}<Enter>"), &world.model);
    assert!(!screen.text(&world.model).contains("sent by"));
    world.killed(NOW + S, "KILL", None, world::bash(), Origin::Oom, Detail::None);
    screen.act(Action::Tick(NOW + 2 * S), &world.model);
    let said = "sent by kernel (oom): memory ran out, and it was chosen";
    assert!(screen.text(&world.model).contains(said), "{}", screen.text(&world.model));
    for second in 3..100 {
        world.send(NOW + second * S, "USR1", world::java(), world::go());
        world.model.advance(NOW + second * S);
        screen.act(Action::Tick(NOW + second * S), &world.model);
    }
    let text = screen.text(&world.model);
    assert!(
        text.contains(said) && text.contains("Process bash 1234"),
        "forgotten by the model, not by the page: {text}"
    );
    screen.press("<Esc>", &world.model);
    assert!(!screen.text(&world.model).contains("memory ran out"), "{}", screen.text(&world.model));
}

#[test]
fn a_long_story_is_bounded() {
    let mut world = busy();
    for n in 0..5000 {
        world.send(NOW - S + n, "USR1", world::bash(), world::go());
        world.send(NOW - S + n, "URG", world::bash(), world::go());
    }
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press(&format!("{BASH}<Enter>"), &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("Signals  the newest 200  (CHLD,URG,probes hidden)"), "{text}");
    assert_eq!(screen.ui.story.rows.len(), 200);
}

#[test]
fn hostile_pages_do_no_harm() {
    let mut world = World::empty();
    let evil = "\x1b[2J\u{202e}\n日本語";
    let who = party(evil, 30_000, 1000);
    let tty = Tty::parse("pts/3").unwrap();
    world.seen(systemd(), None, Tty::NONE, "", &[], "");
    world.seen(who, Some(systemd()), tty, evil, &[evil, &"x".repeat(5000)], &format!("/system.slice/{evil}.service"));
    world.send(NOW - S, "HUP", who, systemd());
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    screen.press("<Down><Enter>", &world.model);
    let hostile = Facts {
        cwd: Ok(evil.into()),
        exe: Ok(evil.into()),
        threads: vec![(1, evil.into()), (2, evil.repeat(9))],
        ..*facts(2)
    };
    tick(&mut screen, NOW, &world.model, &Ok(Box::new(hostile)));
    let check = |screen: &Screen, world: &World| {
        for cell in screen.buffer(&world.model).content() {
            assert!(!cell.symbol().chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
        }
    };
    check(&screen, &world);
    screen.press("<End>", &world.model);
    check(&screen, &world);
    world.killed(NOW, "KILL", Some(who), who, Origin::User, Detail::None);
    world.die(NOW, who, End::Code(1), None);
    screen.act(Action::Tick(NOW + S), &world.model);
    screen.press("<Home>", &world.model);
    check(&screen, &world);
}
