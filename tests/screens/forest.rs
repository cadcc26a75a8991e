//! The process tree: order, folds, find, following, threads, and those that end by the dozen.

use super::*;
use sigtop::event::{End, ForkEvent, Party, ProcKey};
use sigtop::ui::facts::{Facts, Looked, Masks};
use sigtop::ui::state::sort::Sort;

/// The rows of the tree, as they are drawn, without the frame.
fn rows(screen: &Screen, model: &Model) -> Vec<String> {
    let (text, place) = (screen.text(model), *screen.ui.layout(screen.size.0, screen.size.1).place(TREE).unwrap());
    let inside = |line: &str| line.chars().skip(1).take(usize::from(place.area.width) - 2).collect::<String>();
    let rows = text.lines().skip(usize::from(place.rows().y)).take(place.rows().height.into());
    rows.map(|line| inside(line).trim_end().to_string()).filter(|line| !line.is_empty()).collect()
}

const TREE: sigtop::ui::layout::Panel = sigtop::ui::layout::Panel::Tree;

fn names(screen: &Screen, model: &Model) -> Vec<String> {
    let column = |row: &String| row.chars().skip(7).take(18).collect::<String>().trim().to_string();
    rows(screen, model).iter().map(column).collect()
}

fn pids(screen: &Screen) -> Vec<u32> {
    screen.ui.tree.rows.list.iter().map(|row| row.key.pid).collect()
}

fn screen(world: &World, size: (u16, u16)) -> Screen {
    Screen::new(look(), size, &world.model)
}

fn child(pid: u32, name: &str) -> Party {
    Party { key: ProcKey { pid, start_ns: NOW }, ..party(name, pid, 0) }
}

fn fork(world: &mut World, pid: u32, name: &str, parent: Party) -> Party {
    let child = Party { tid: pid, ..child(pid, name) };
    world.apply(Event::Fork(ForkEvent { mono_ns: NOW, child, parent: parent.key }));
    child
}

#[test]
fn processes_are_sorted_by_any_column_and_by_their_heads() {
    let world = busy();
    let mut screen = screen(&world, (200, 50));
    assert_eq!(pids(&screen)[..4], [1, 640, 701, 812]);
    screen.press("I", &world.model);
    assert_eq!(pids(&screen)[..4], [2, 38, 15, 14]);
    screen.press(">", &world.model);
    assert_eq!(names(&screen, &world.model)[..4], ["kthreadd", "├ ksoftirqd/0", "├ kworker/0:1-eve", "└ rcu_preempt"]);
    screen.press(">", &world.model);
    assert_eq!(pids(&screen)[..3], [1, 2210, 881], "siblings by signals sent, the most first");
    assert!(screen.text(&world.model).contains("▼SENT"));
    screen.press("t", &world.model);
    assert_eq!(pids(&screen)[..3], [2210, 1234, 881]);
    let text = screen.text(&world.model);
    let line = text.lines().nth(2).unwrap();
    let column = line[..line.find("LAST").unwrap()].chars().count() as u16;
    screen.mouse(MouseEventKind::Down(MouseButton::Left), column, 2, &world.model);
    assert_eq!(pids(&screen)[..2], [2210, 884], "by the last signal, the newest first");
    picture("list_200x50", &screen, &world.model);
    screen.press("I", &world.model);
    assert_eq!(pids(&screen)[0], 882, "the oldest first");
    assert_eq!(pids(&screen).last(), Some(&1234), "those without a last signal stand at the end");
    screen.press(">><", &world.model);
    assert!(screen.text(&world.model).contains("USER▲"), "{}", screen.text(&world.model));
    assert_eq!(screen.ui.tree.arrangement(), (Sort::by(6), true));
    // What cannot be seen is not sorted by.
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    screen.press("<", &world.model);
    assert_eq!(screen.ui.tree.arrangement().0.column, 4);
}

#[test]
fn another_order_is_seen_from_its_top_and_then_the_selection_stays_with_its_process() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    for keys in ["I", ">", ">", "t", "<", "I", "t", "<"] {
        screen.press("<Down><Down>", &world.model);
        screen.press(keys, &world.model);
        let first = screen.ui.tree.rows.list[0].key;
        assert_eq!((screen.ui.tree.selected(), screen.ui.tree.window.top), (Some(first), 0), "{keys}");
    }
    assert_eq!(screen.ui.tree.arrangement(), (Sort { column: 0, reversed: true }, false));
    screen.press("<Down><Down>", &world.model);
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(701));
    for keys in ["*", "*", "[", "]"] {
        screen.press(keys, &world.model);
        let folded = keys == "*" && screen.ui.tree.rows.list.iter().any(|row| row.folded);
        assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(if folded { 1 } else { 701 }), "{keys}");
        if folded {
            screen.press("+<Down><Down>", &world.model);
            let at = |row: &sigtop::model::tree::TreeRow| row.key.pid == 701;
            let line = screen.ui.tree.rows.list.iter().position(at).unwrap();
            screen.press("<Home>", &world.model);
            (0..line).for_each(|_| drop(screen.press("<Down>", &world.model)));
        }
    }
    for n in 0..40 {
        world.send(NOW + n, "USR1", world::bash(), world::java());
    }
    screen.act(Action::Tick(NOW + S), &world.model);
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(701));
}

#[test]
fn an_order_by_counts_changes_a_few_times_a_second_at_most() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("t>>>", &world.model);
    assert_eq!(pids(&screen)[0], 2210);
    for n in 0..2000 {
        world.send(NOW + n, "USR1", world::bash(), world::java());
    }
    screen.act(Action::Tick(NOW + S / 10), &world.model);
    assert_eq!(pids(&screen)[0], 2210);
    screen.act(Action::Tick(NOW + S / 2), &world.model);
    assert_eq!(pids(&screen)[0], 701);
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(701), "nobody was chosen: the first is");
}

#[test]
fn all_is_folded_or_unfolded_and_levels_come_one_by_one() {
    let world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("*", &world.model);
    assert_eq!(names(&screen, &world.model), ["▸systemd +13 ✗4", "▸kthreadd +3"]);
    assert!(screen.text(&world.model).contains("all folded"));
    screen.press("+", &world.model);
    assert!(names(&screen, &world.model).contains(&"├ ▸sshd +4 ✗1".to_string()), "one level at a time");
    picture("level_120x36", &screen, &world.model);
    screen.press("*", &world.model);
    assert_eq!(rows(&screen, &world.model).len(), 18, "something was folded");
    screen.press("[", &world.model);
    assert!(screen.text(&world.model).contains("4 of 5 levels"), "{}", screen.text(&world.model));
    assert!(screen.text(&world.model).contains("Processes · level 4"));
    screen.press("[[[[", &world.model);
    assert_eq!(rows(&screen, &world.model).len(), 2);
    screen.press("]]]]", &world.model);
    assert!(screen.text(&world.model).contains("all 5 levels"));
    assert_eq!(rows(&screen, &world.model).len(), 18);
    screen.press("t*", &world.model);
    assert!(screen.text(&world.model).contains("t for the tree"));
}

#[test]
fn what_is_looked_for_stands_alone_with_its_ancestors() {
    let world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("*/NGIN", &world.model);
    picture("find_120x36", &screen, &world.model);
    assert!(screen.text(&world.model).contains("5 match"), "what is folded is found, too");
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(881), "nginx, before vim nginx.conf");
    let buffer = screen.buffer(&world.model);
    let row = rows(&screen, &world.model).iter().position(|row| row.contains("nginx  KILL")).unwrap() as u16 + 3;
    let text = screen.text(&world.model);
    let line = text.lines().nth(row.into()).unwrap();
    let from = line[..line.find("nginx").unwrap()].chars().count() as u16;
    let marked = |x: u16| buffer[(x, row)].modifier.contains(Modifier::UNDERLINED);
    assert!((from..from + 4).all(marked) && !marked(from + 4) && !marked(from - 1));
    screen.press("<Enter><Down>", &world.model);
    assert!(screen.text(&world.model).contains("Processes · /NGIN 5"), "{}", screen.text(&world.model));
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(882));
    screen.press("/ngin 884", &world.model);
    assert!(screen.text(&world.model).contains("1 match"), "all words must fit");
    screen.press("x", &world.model);
    assert!(screen.text(&world.model).contains("no match"));
    picture(
        "find_none_80x24",
        &{
            let mut s = Screen::new(look(), (80, 24), &world.model);
            s.press("/nosuch", &world.model);
            s
        },
        &world.model,
    );
    screen.press("<Esc>", &world.model);
    assert!(screen.text(&world.model).contains("Processes · level 1 ─"), "{}", screen.text(&world.model));
    // By user, by pid, by command line.
    for (text, count) in [("www-data", 3), ("9950", 1), ("--NOW", 1), ("ROOT", 8)] {
        screen.press(&format!("/{text}"), &world.model);
        assert!(screen.text(&world.model).contains(&format!(" {count} match")), "{}", screen.text(&world.model));
        screen.press("<Esc>", &world.model);
    }
    screen.press("t/bash<Enter>", &world.model);
    assert_eq!(pids(&screen), [1234, 9931]);
    screen.press("<Down><Esc>", &world.model);
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(9931), "found, and shown among all");
    assert_eq!(pids(&screen).len(), 18);
}

#[test]
fn what_is_found_stays_right_as_processes_come_and_go() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("/worker<Enter>", &world.model);
    assert_eq!(screen.ui.tree.rows.fitting, 4);
    fork(&mut world, 20_001, "worker-x", world::bash());
    screen.act(Action::Tick(NOW + S), &world.model);
    assert_eq!(screen.ui.tree.rows.fitting, 5);
    let named = Party { name: "other".into(), ..child(20_001, "") };
    world.apply(Event::Rename(sigtop::event::RenameEvent { mono_ns: NOW, who: Party { tid: 20_001, ..named } }));
    screen.act(Action::Tick(NOW + 2 * S), &world.model);
    assert_eq!(screen.ui.tree.rows.fitting, 4);
}

/// As of one that is typed faster than its process is seen: in the end it is found, and gone to.
#[test]
fn what_comes_while_it_is_typed_is_found_too() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("/newcomer", &world.model);
    assert!(screen.text(&world.model).contains("no match"));
    for (pid, said) in [(20_001, " 1 match"), (20_002, " 2 matches")] {
        fork(&mut world, pid, "newcomer", world::bash());
        screen.act(Action::Tick(NOW + u64::from(pid - 20_000) * S), &world.model);
        assert!(screen.text(&world.model).contains(said), "{}", screen.text(&world.model));
        assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(20_001), "who is gone to stays");
    }
}

#[test]
fn in_other_panels_find_does_what_is_next() {
    let world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("<Tab>/", &world.model);
    assert!(screen.text(&world.model).contains("view"), "in the log it is the filter of the view");
    screen.press("<Esc><Tab>/se", &world.model);
    assert!(screen.text(&world.model).contains("1 match"), "{}", screen.text(&world.model));
    assert_eq!(screen.ui.counters.signals.selected(), Some(Signal::parse("SEGV").ok()));
    screen.press("<Enter><Tab>/1234<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("All from bash 1234"), "{}", screen.text(&world.model));
}

#[test]
fn the_one_that_is_followed_stays_in_sight_until_it_ends() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press("/9931<Enter><Esc>w*", &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("following deploy.sh 9931"), "{text}");
    assert!(rows(&screen, &world.model).iter().any(|row| row.contains(" 9931 ")), "folds are opened for it");
    screen.press("/cron<Enter>", &world.model);
    let found = (screen.ui.tree.selected().map(|key| key.pid), screen.ui.tree.followed());
    assert_eq!(found, (Some(640), None), "who looks for another follows no more");
    screen.press("<Esc>/9931<Enter><Esc>w<Tab><Up>", &world.model);
    assert!(screen.text(&world.model).contains("Process deploy.sh 9931"), "the detail stays with it");
    for n in 0..60 {
        fork(&mut world, 900 + n, "new", systemd());
    }
    screen.act(Action::Tick(NOW + S), &world.model);
    assert!(rows(&screen, &world.model).iter().any(|row| row.contains(" 9931 ")));
    picture("following_120x36", &screen, &world.model);
    world.killed(NOW + S, "KILL", Some(systemd()), world::deploy(), Origin::User, sigtop::event::Detail::None);
    screen.press("<Tab><Tab><Tab><Tab>", &world.model);
    screen.act(Action::Tick(NOW + 2 * S), &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("deploy.sh 9931 was killed by SIGKILL of systemd(1): Enter opens it"), "{text}");
    assert!(!text.contains("following"));
    screen.press("<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("Process deploy.sh 9931"));
    screen.press("<Esc>w", &world.model);
    assert!(screen.text(&world.model).contains("is dead, there is nothing to follow"), "{}", screen.text(&world.model));
    screen.press("<Home>w<Down>", &world.model);
    assert_eq!(screen.ui.tree.followed(), None, "who moves away follows no more");
}

#[test]
fn those_that_end_by_the_dozen_are_taken_together() {
    let mut world = busy();
    for n in 0..37 {
        let who = fork(&mut world, 21_000 + n, if n % 3 == 0 { "sed" } else { "sh" }, world::bash());
        world.die(NOW, who, End::Code(u8::from(n == 7)), None);
    }
    for (width, height) in [(120, 36), (200, 50)] {
        let screen = screen(&world, (width, height));
        let text = screen.text(&world.model);
        assert!(text.contains("✗ 37 exited, 1 failed"), "{text}");
        match width {
            120 => picture("exited_120x36", &screen, &world.model),
            _ => assert!(text.contains("sh 24, sed 13"), "{text}"),
        }
    }
    // Other keys on that row mean their parent.
    let mut screen = screen(&world, (120, 36));
    let at = |row: &sigtop::model::tree::TreeRow| matches!(row.kind, sigtop::model::tree::Kind::Rest(_));
    let line = screen.ui.tree.rows.list.iter().position(at).unwrap();
    (0..line).for_each(|_| drop(screen.press("<Down>", &world.model)));
    assert_eq!(screen.ui.tree.selected().map(|key| key.pid), Some(1234));
    screen.act(Action::Tick(NOW + 6 * S), &world.model);
    assert!(!screen.text(&world.model).contains("exited"), "they go as others do");
}

#[test]
fn a_deep_tree_keeps_its_names() {
    let mut world = busy();
    let mut parent = world::deploy();
    for n in 0..12 {
        parent = fork(&mut world, 22_000 + n, "some-long-name", parent);
    }
    for (width, height) in [(80, 24), (120, 36)] {
        let mut screen = screen(&world, (width, height));
        screen.press("/22011<Enter>", &world.model);
        let text = rows(&screen, &world.model).join("\n");
        assert!(rows(&screen, &world.model).last().unwrap().contains("some-long"), "{text}");
        picture(&format!("deep_{width}x{height}"), &screen, &world.model);
    }
}

/// What /proc would tell of a process with these threads.
fn looked(threads: &[(u32, &str)]) -> Looked {
    let threads: Vec<(u32, String)> = threads.iter().map(|(tid, name)| (*tid, name.to_string())).collect();
    let (cwd, exe) = (Err("not permitted"), Err("not permitted"));
    let (masks, cgroup) = (Masks::default(), String::new());
    let thread_count = threads.len() as u64;
    Some(Ok(Box::new(Facts { state: "sleeping", masks, thread_count, threads, cwd, exe, cgroup })))
}

#[test]
fn threads_are_shown_on_request_and_asked_for_again() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    let java = world::java().key;
    let ask = Effect::Look { key: java, threads: true };
    assert_eq!(screen.press("<Down><Down>H", &world.model), std::slice::from_ref(&ask));
    screen.act(Action::Looked(java, looked(&[(701, "java"), (702, "GC Thread#0"), (703, "\x1b[2J")])), &world.model);
    picture("threads_120x36", &screen, &world.model);
    assert!(screen.text(&world.model).contains("GC Thread#0"));
    screen.act(Action::Looked(java, looked(&[])), &world.model);
    assert!(screen.text(&world.model).contains("GC Thread#0"), "that was an answer to another question");
    screen.press("<Down>", &world.model);
    assert_eq!(screen.ui.tree.selected(), Some(java), "a thread means its process");
    assert!(screen.act(Action::Tick(NOW + S), &world.model).contains(&ask));
    screen.act(Action::Looked(java, looked(&[(701, "java"), (702, "renamed")])), &world.model);
    assert!(screen.text(&world.model).contains("renamed"));
    screen.press("H", &world.model);
    assert!(!screen.text(&world.model).contains("renamed"));
    assert!(!screen.act(Action::Tick(NOW + 3 * S), &world.model).contains(&ask));
    // Who has none but its first says so; who is dead is not asked.
    screen.press("H", &world.model);
    screen.act(Action::Looked(java, looked(&[(701, "java")])), &world.model);
    assert!(screen.text(&world.model).contains("701 has no thread but its first"), "{}", screen.text(&world.model));
    screen.press("H", &world.model);
    screen.act(Action::Looked(java, None), &world.model);
    assert!(screen.text(&world.model).contains("are not here"), "{}", screen.text(&world.model));
    screen.press("H", &world.model);
    world.killed(NOW + 3 * S, "KILL", None, world::java(), Origin::Oom, sigtop::event::Detail::None);
    assert!(!screen.act(Action::Tick(NOW + 4 * S), &world.model).contains(&ask));
    assert_eq!(screen.press(" H", &world.model), [], "nothing is asked while the picture stands still");
}

#[test]
fn a_paused_tree_is_found_sorted_and_folded_as_it_was() {
    let mut world = busy();
    let mut screen = screen(&world, (120, 36));
    screen.press(" ", &world.model);
    let (java, before) = (world::java(), pids(&screen));
    world.killed(NOW, "KILL", None, java, Origin::Oom, sigtop::event::Detail::None);
    fork(&mut world, 23_000, "java-too", world::bash());
    world.model.advance(NOW + 300 * S);
    screen.press("*", &world.model);
    screen.press("*", &world.model);
    assert_eq!(pids(&screen), before, "who was forgotten since is still there, and nobody new");
    screen.press("/java", &world.model);
    assert!(screen.text(&world.model).contains("1 match"), "{}", screen.text(&world.model));
    assert!(!screen.text(&world.model).contains("java  KILL"));
}

/// Where panels share a place there is no room for the title.
#[test]
fn among_tabs_it_is_said_too_what_is_found_and_who_is_followed() {
    let world = busy();
    let mut screen = screen(&world, (40, 12));
    screen.press("w", &world.model);
    assert!(screen.text(&world.model).contains("NAME  follows 1 "), "{}", screen.text(&world.model));
    screen.press("/java<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("NAME  /java 1 "), "{}", screen.text(&world.model));
    picture("find_40x12", &screen, &world.model);
}
