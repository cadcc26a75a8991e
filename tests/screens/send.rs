//! Sending a signal: whom, which, the question, the answer; and who is not sent to.

use super::*;
use sigtop::event::ProcKey;
use sigtop::signal::SignalSet;
use sigtop::ui::facts::{Facts, Masks};

fn key(name: &str, pid: u32) -> ProcKey {
    party(name, pid, 0).key
}

/// Down to the first nginx worker that lives.
const WORKER: &str = "<Down><Down><Down><Down><Down><Down><Down><Down><Down>";

fn screen_of(size: (u16, u16), model: &Model) -> Screen {
    Screen::new(look(), size, model)
}

#[test]
fn it_is_chosen_confirmed_and_answered() {
    let world = busy();
    let worker = world::worker(1).key;
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut screen = screen_of((width, height), &world.model);
        assert_eq!(screen.press(&format!("{WORKER}k"), &world.model), []);
        picture(&format!("send_list_{width}x{height}"), &screen, &world.model);
        assert_eq!(screen.press("<Enter>", &world.model), []);
        picture(&format!("send_question_{width}x{height}"), &screen, &world.model);
        assert_eq!(screen.press("<Enter><Enter> ", &world.model), [], "only a yes sends");
        let term = Signal::parse("TERM").unwrap();
        assert_eq!(screen.press("y", &world.model), [Effect::Send { key: worker, signal: term }]);
        screen.act(Action::Sent(worker, term, Ok(())), &world.model);
        assert!(screen.text(&world.model).contains(" SIGTERM sent to nginx: worker 882\n"));
        let why = "another process has that pid now".to_string();
        screen.act(Action::Sent(worker, term, Err(why)), &world.model);
        picture(&format!("send_error_{width}x{height}"), &screen, &world.model);
    }
    let mut screen = screen_of((40, 12), &world.model);
    screen.press(&format!("{WORKER}k"), &world.model);
    picture("send_list_40x12", &screen, &world.model);
    screen.press("<Enter>", &world.model);
    picture("send_question_40x12", &screen, &world.model);
}

#[test]
fn what_it_would_do_is_what_the_process_does_with_it() {
    let world = busy();
    let mut screen = screen_of((80, 24), &world.model);
    screen.press(&format!("{WORKER}k<Home>"), &world.model);
    let effects = screen.act(Action::Tick(NOW), &world.model);
    let worker = world::worker(1).key;
    assert_eq!(effects, [Effect::Look { key: worker, threads: false }]);
    let set = |bits| SignalSet::from_bits(bits);
    let facts = Facts {
        state: "sleeping",
        masks: Masks { caught: set(0b1), blocked: set(0b10), ignored: set(0b100), ..Masks::default() },
        thread_count: 1,
        threads: Vec::new(),
        cwd: Ok(String::new()),
        exe: Ok(String::new()),
        cgroup: String::new(),
    };
    screen.act(Action::Looked(worker, Some(Ok(Box::new(facts)))), &world.model);
    picture("send_masks_80x24", &screen, &world.model);
}

#[test]
fn it_can_be_left_at_every_step() {
    let world = busy();
    let mut screen = screen_of((120, 36), &world.model);
    screen.press(WORKER, &world.model);
    let before = screen.text(&world.model);
    screen.press("k", &world.model);
    let list = screen.text(&world.model);
    screen.press("<Enter>", &world.model);
    assert_eq!(screen.press("n", &world.model), []);
    assert_eq!(screen.text(&world.model), list, "back to the list");
    assert_eq!(screen.press("<Enter><Esc><Esc>", &world.model), []);
    assert_eq!(screen.text(&world.model), before);
    // From a page, and back to it.
    screen.press("<Enter>", &world.model);
    let page = screen.text(&world.model);
    assert_eq!(screen.press("kusr1<Enter><Esc><Esc>", &world.model), []);
    assert_eq!(screen.text(&world.model), page);
    let signal = Signal::parse("USR1").unwrap();
    assert_eq!(screen.press("kusr1<Enter>y", &world.model), [Effect::Send { key: world::worker(1).key, signal }]);
    assert_eq!(screen.text(&world.model), page);
}

#[test]
fn letters_and_numbers_find_a_signal() {
    let world = busy();
    for (typed, name) in
        [("kill", "SIGKILL (9)"), ("quit", "SIGQUIT (3)"), ("10", "SIGUSR1 (10)"), ("g<Up>", "SIGTERM (15)")]
    {
        let mut screen = screen_of((80, 24), &world.model);
        screen.press(&format!("{WORKER}k{typed}"), &world.model);
        if typed == "g<Up>" {
            screen.press("<Down>", &world.model);
        }
        screen.press("<Enter>", &world.model);
        let text = screen.text(&world.model);
        assert!(text.contains(&format!("Send {name} to nginx: worker 882")), "{typed}: {text}");
    }
}

#[test]
fn the_mouse_chooses_and_does_not_send() {
    let world = busy();
    let mut screen = screen_of((80, 24), &world.model);
    screen.press(&format!("{WORKER}k"), &world.model);
    let text = screen.text(&world.model);
    let row = text.lines().position(|line| line.contains(" 10 USR1 ")).unwrap() as u16;
    screen.mouse(MouseEventKind::Down(MouseButton::Left), 30, row, &world.model);
    assert!(screen.text(&world.model).contains("Send SIGUSR1 (10)"), "{}", screen.text(&world.model));
    for row in 0..24 {
        screen.mouse(MouseEventKind::Down(MouseButton::Left), 30, row, &world.model);
    }
    assert!(screen.text(&world.model).contains("Send SIGUSR1 (10)"));
}

#[test]
fn init_and_sigtop_itself_are_named_before_the_yes() {
    let world = busy();
    let mut screen = screen_of((80, 24), &world.model);
    screen.press("k", &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("the kernel shields init") && !text.contains("come what may"), "{text}");
    screen.press("<Enter>", &world.model);
    picture("send_init_80x24", &screen, &world.model);
    let start = Start { users: users(), own_pid: Some(640), ..Start::default() };
    let mut screen = Screen { ui: Ui::new(look(), start), size: (80, 24) };
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    screen.act(Action::Tick(NOW), &world.model);
    screen.press("<Down>k<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("This is sigtop itself."), "{}", screen.text(&world.model));
}

#[test]
fn who_cannot_be_sent_to_is_said() {
    let mut world = busy();
    let said = |screen: &mut Screen, keys: &str, why: &str, model: &Model| {
        assert_eq!(screen.press(keys, model), []);
        let text = screen.text(model);
        assert!(text.lines().last().is_some_and(|line| line.contains(why)), "{why}: {text}");
        assert!(screen.ui.popup.is_none());
    };
    // The dead, from the tree and from the log; no process at all.
    let mut screen = screen_of((120, 36), &world.model);
    said(&mut screen, &format!("{}k", &WORKER[6..]), "nginx 881 is dead: nothing can be sent to it", &world.model);
    said(&mut screen, "<Tab><Up>k", "nginx: worker 884 is dead", &world.model);
    said(&mut screen, "<Tab>k", "select a process first", &world.model);
    said(&mut screen, "<Tab><Down>k", "the kernel is no process", &world.model);
    // One that dies while it is being confirmed, in a paused picture too.
    for pause in ["", " "] {
        let mut screen = screen_of((120, 36), &world.model);
        let (down, who) = if pause.is_empty() { ("<Down>", ("cron", 640)) } else { ("<Down><Down>", ("java", 701)) };
        screen.press(&format!("{pause}{down}k<Enter>"), &world.model);
        world.die(NOW, party(who.0, who.1, 0), sigtop::event::End::Code(0), None);
        said(&mut screen, "y", &format!("{} {} is dead", who.0, who.1), &world.model);
    }
    assert!(!world.model.procs.get(&key("cron", 640)).unwrap().is_alive());
}

#[test]
fn a_paused_picture_sends_to_who_still_lives() {
    let world = busy();
    let mut screen = screen_of((120, 36), &world.model);
    let effects = screen.press(&format!(" {WORKER}k9<Enter>y"), &world.model);
    assert_eq!(effects, [Effect::Send { key: world::worker(1).key, signal: Signal::KILL }]);
}

#[test]
fn a_made_up_history_and_read_only_send_nothing() {
    let world = busy();
    let demo = Look { demo: true, ..look() };
    let mut screen = Screen::new(demo, (120, 36), &world.model);
    screen.press("k", &world.model);
    assert!(screen.text(&world.model).contains("this history is made up: there is nobody to send to"));
    let start = Start { users: users(), read_only: true, ..Start::default() };
    let mut screen = Screen { ui: Ui::new(look(), start), size: (120, 36) };
    screen.act(Action::Resize { width: 120, height: 36 }, &world.model);
    screen.act(Action::Tick(NOW), &world.model);
    assert!(!screen.text(&world.model).lines().last().unwrap().contains("kill"), "{}", screen.text(&world.model));
    for keys in ["k", "<Enter>k<Enter>y"] {
        let effects = screen.press(keys, &world.model);
        assert!(effects.iter().all(|effect| matches!(effect, Effect::Copy(_))), "{effects:?}");
        assert!(!screen.text(&world.model).contains("Send"), "{}", screen.text(&world.model));
    }
    screen.press("<Esc>k", &world.model);
    assert!(screen.text(&world.model).contains("read-only: no signal is sent"));
    screen.press("?", &world.model);
    assert!(!screen.text(&world.model).contains("send a signal to"), "{}", screen.text(&world.model));
}
