//! Alerts: the badge in the header, the pane, the page of one, the ways to the process and to the row; the rows of what
//! rules look at; and that where there are no rules, no screen is another.

use super::*;
use sigtop::event::{
    Address, AlertEvent, ConnectEvent, Deed, ExecEvent, FileEvent, Party, ProcKey, RuleInfo, Severity,
};
use sigtop::ui::state::alerts::Rules;
use std::sync::Arc;
use world::MS;

fn rule(name: &str, severity: Severity, description: &str, tags: &[&str]) -> Arc<RuleInfo> {
    let tags = tags.iter().map(|tag| tag.to_string()).collect();
    let false_alarms = if name == "sensitive-file" { "backups; an administrator who looks after accounts" } else { "" };
    Arc::new(RuleInfo {
        name: name.into(),
        severity,
        description: description.into(),
        tags,
        false_alarms: false_alarms.into(),
    })
}

fn file(at: u64, who: Party, deed: Deed, path: &str, errno: Option<u16>) -> Event {
    let (path, same_as, errno) = (path.into(), String::new(), errno.map(Errno));
    Event::File(Box::new(FileEvent { mono_ns: at, who, deed, path, same_as, errno }))
}

fn open(at: u64, who: Party, path: &str, errno: Option<u16>) -> Event {
    file(at, who, Deed::Open { flags: 0, created: false }, path, errno)
}

fn connect(at: u64, who: Party, address: &str, errno: Option<u16>) -> Event {
    let (address, errno) = (Address::Inet(address.parse().unwrap()), errno.map(Errno));
    Event::Connect(Box::new(ConnectEvent { mono_ns: at, who, address, errno }))
}

fn alert(rule: &Arc<RuleInfo>, who: Party, event: Event) -> AlertEvent {
    AlertEvent {
        mono_ns: event.mono_ns(),
        rule: Arc::clone(rule),
        by: String::new(),
        count: 1,
        distinct: None,
        since_ns: event.mono_ns(),
        folded: 0,
        other_users: false,
        who: Some(who),
        exe: format!("/usr/bin/{}", who.name.as_str()),
        argv: vec![who.name.as_str().into(), "link".into()],
        ancestors: vec![world::deploy(), world::bash(), systemd()],
        event: Some(Box::new(event)),
    }
}

fn shadow() -> Arc<RuleInfo> {
    let means = "Someone opened a file that holds secrets: password hashes, private keys, another's memory.";
    rule("sensitive-file", Severity::High, means, &["T1003.008", "T1552.004"])
}

/// A busy machine on which somebody looks around: what it did, and what rules say of it.
fn watched() -> World {
    let mut world = busy();
    let cat = party("cat", 9971, 1000);
    let at = |ms: u64| NOW - 6 * S + ms * MS;
    let secret = open(at(0), cat, "/etc/shadow", None);
    let scan = connect(at(900), party("nmap", 9980, 1000), "192.0.2.7:443", Some(111));
    let bits = file(at(1400), cat, Deed::Chmod { before: Some(0o644), mode: 0o755 }, "/tmp/.x/dropper", None);
    let deed = Deed::Move { from: "/srv/data/invoices-2026-11.ods".into() };
    let moved = file(at(2100), cat, deed, "/srv/data/invoices-2026-11.ods.enc", None);
    let killed = {
        let e = world.event(at(2600), "KILL", Some(world::bash()), systemd(), Origin::User);
        Event::Signal(e)
    };
    let exec = Event::Exec(Box::new(ExecEvent {
        mono_ns: at(1500),
        who: party("dropper", 9972, 1000),
        filename: "/tmp/.x/dropper".into(),
        argv: vec!["./dropper".into(), "--quiet".into()],
        ..exec()
    }));
    for event in
        [secret.clone(), open(at(1), cat, "/root/.ssh/id_ed25519", Some(13)), scan.clone(), bits, moved.clone()]
    {
        world.apply(event);
    }
    let port_scan = rule("port-scan", Severity::Medium, "One process tries many ports or hosts.", &["T1046"]);
    let dropped = rule("dropped-executable", Severity::Medium, "A file was made executable, then run.", &["T1222.002"]);
    let enc = rule("ransom-names", Severity::Critical, "Many files got names as ransomware gives them.", &["T1486"]);
    let killer = rule("service-killed", Severity::Low, "A service was killed by someone else than its manager.", &[]);
    let by = |by: &str, count, e: AlertEvent| AlertEvent { by: by.into(), count, since_ns: e.mono_ns - 1200 * MS, ..e };
    let first = by("process cat/9971", 1, alert(&shadow(), cat, secret));
    let told = AlertEvent {
        mono_ns: at(5000),
        since_ns: at(0),
        folded: 37,
        exe: String::new(),
        argv: Vec::new(),
        event: None,
        ..first.clone()
    };
    let scanned = by("process nmap/9980", 120, alert(&port_scan, party("nmap", 9980, 1000), scan));
    for e in [
        first,
        AlertEvent { distinct: Some(120), ..scanned },
        alert(&dropped, party("dropper", 9972, 1000), exec),
        by("tree bash/9931", 64, alert(&enc, cat, moved)),
        alert(&killer, world::bash(), killed),
        told,
    ] {
        world.apply(Event::Alert(Box::new(e)));
    }
    world
}

fn exec() -> ExecEvent {
    ExecEvent {
        mono_ns: 0,
        who: Party::default(),
        gid: 1000,
        tty: Tty::NONE,
        filename: String::new(),
        exe: String::new(),
        argv: Vec::new(),
        argv_cut: false,
        cwd: String::new(),
    }
}

fn guarded(look: Look, size: (u16, u16), rules: Rules, model: &Model) -> Screen {
    let start = Start { users: users(), places: sigtop::filter::kernel::placement, rules, ..Start::default() };
    let mut screen = Screen { ui: Ui::new(look, start), size };
    screen.act(Action::Resize { width: size.0, height: size.1 }, model);
    screen.act(Action::Tick(NOW), model);
    screen
}

fn with_rules(size: (u16, u16), model: &Model) -> Screen {
    guarded(look(), size, Rules::Here(Some(12)), model)
}

const THREE: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

#[test]
fn alerts_stand_in_the_header_and_in_a_pane() {
    let world = watched();
    for (width, height) in THREE {
        let mut screen = with_rules((width, height), &world.model);
        picture(&format!("alerts_{width}x{height}"), &screen, &world.model);
        screen.press("A<Down>", &world.model);
        picture(&format!("alerts_looked_{width}x{height}"), &screen, &world.model);
        screen.press("<Enter>", &world.model);
        picture(&format!("alerts_page_{width}x{height}"), &screen, &world.model);
    }
    let mut screen = with_rules((40, 12), &world.model);
    screen.press("A", &world.model);
    picture("alerts_40x12", &screen, &world.model);
}

#[test]
fn without_rules_and_alerts_no_screen_is_another() {
    let world = busy();
    for size in SIZES {
        let mut screen = Screen::new(look(), size, &world.model);
        assert!(!screen.text(&world.model).contains("lert"), "{}", screen.text(&world.model));
        screen.press("<Tab><Tab><Tab><Tab>", &world.model);
        let before = screen.text(&world.model);
        for _ in 0..5 {
            screen.press("<Tab>", &world.model);
            assert!(!screen.text(&world.model).contains("lerts"), "{}", screen.text(&world.model));
        }
        assert_eq!(screen.text(&world.model), before, "Tab goes round past the alerts");
        screen.press("A", &world.model);
        let text = screen.text(&world.model);
        assert!(text.contains("No rules are loaded"), "{text}");
        screen.press("A", &world.model);
        assert_eq!(screen.text(&world.model), before, "and the way back leads to the same screen");
    }
}

#[test]
fn where_nothing_was_found_the_pane_says_what_watches() {
    let world = busy();
    let said = |rules, look: Look| {
        let mut screen = guarded(look, (120, 36), rules, &world.model);
        screen.press("6", &world.model);
        screen.text(&world.model)
    };
    assert!(said(Rules::Here(Some(12)), look()).contains("No alert so far. 12 rules watch."));
    assert!(said(Rules::Here(Some(1)), look()).contains("No alert so far. 1 rule watches."));
    assert!(said(Rules::Here(None), look()).contains("No alert so far. The rules watch."));
    assert!(said(Rules::Nowhere, look()).contains("sigtop --rules builtin"));
    assert!(said(Rules::Nowhere, Look { demo: true, ..look() }).contains("sigtop --demo --rules builtin"));
    assert!(said(Rules::Nowhere, Look { attached: true, ..look() }).contains("The rules are the daemon's"));
    let screen = with_rules((120, 36), &world.model);
    picture("alerts_none_120x36", &screen, &world.model);
}

#[test]
fn the_badge_tells_what_nobody_has_looked_at() {
    let mut world = busy();
    let mut screen = with_rules((120, 36), &world.model);
    let head = |screen: &Screen, world: &World| screen.text(&world.model).lines().next().unwrap().to_string();
    let colour = |screen: &Screen, world: &World| {
        let buffer = screen.buffer(&world.model);
        let at = (0..120).find(|x| buffer[(*x, 0)].symbol() == "!").unwrap();
        (buffer[(at, 0)].fg, buffer[(at, 0)].modifier)
    };
    assert!(!head(&screen, &world).contains('!'));
    let secret = || open(NOW, world::bash(), "/etc/shadow", None);
    world.apply(Event::Alert(Box::new(alert(&shadow(), world::bash(), secret()))));
    screen.act(Action::Tick(NOW), &world.model);
    assert!(head(&screen, &world).contains("! 1 alert, 1 high"), "{}", head(&screen, &world));
    assert_eq!(colour(&screen, &world), (Color::Red, Modifier::BOLD));
    screen.press("A", &world.model);
    assert_ne!(colour(&screen, &world).0, Color::Red, "it was looked at");
    screen.press("A", &world.model);
    let low = rule("odd", Severity::Low, "", &[]);
    world.apply(Event::Alert(Box::new(alert(&low, world::bash(), secret()))));
    screen.act(Action::Tick(NOW), &world.model);
    assert!(head(&screen, &world).contains("! 2 alerts, 1 new  "), "{}", head(&screen, &world));
    screen.act(Action::Resize { width: 80, height: 24 }, &world.model);
    assert!(head(&screen, &world).contains("! 2 alerts, 1 new  "), "{}", head(&screen, &world));
}

#[test]
fn an_announcement_grows_the_row_of_its_alert() {
    let world = watched();
    let mut screen = with_rules((120, 36), &world.model);
    screen.press("A", &world.model);
    let row = |screen: &Screen| {
        let text = screen.text(&world.model);
        text.lines().find(|line| line.contains("high") && line.contains("+37")).map(str::to_string)
    };
    assert!(row(&screen).is_some(), "{}", screen.text(&world.model));
    screen.press("<End><Enter>", &world.model);
    let page = screen.text(&world.model);
    assert!(page.contains("+37 more, held back until"), "{page}");
}

#[test]
fn what_other_users_did_too_is_said_on_its_page() {
    let mut world = busy();
    let by = || "tree bash/9931".to_string();
    let first =
        AlertEvent { by: by(), ..alert(&shadow(), world::bash(), open(NOW, world::bash(), "/etc/shadow", None)) };
    let told = |at, folded, other_users| {
        Event::Alert(Box::new(AlertEvent { mono_ns: at, folded, other_users, event: None, ..first.clone() }))
    };
    for event in [told(NOW, 0, false), told(NOW + S, 2, true), told(NOW + 2 * S, 1, false)] {
        world.apply(event);
    }
    let mut screen = with_rules((120, 36), &world.model);
    screen.press("A<Enter>", &world.model);
    let page = screen.text(&world.model);
    assert!(page.contains("+3 more, held back until") && page.contains(", other users too"), "{page}");
}

#[test]
fn from_an_alert_to_its_process_and_its_row_and_back() {
    let world = watched();
    let mut screen = with_rules((120, 36), &world.model);
    // The newest: bash sent SIGKILL to systemd.
    screen.press("AS", &world.model);
    assert_eq!(screen.ui.tree.selected(), Some(world::bash().key));
    screen.press("<Bksp>T", &world.model);
    assert_eq!(screen.ui.tree.selected(), Some(systemd().key));
    screen.press("<Bksp>L", &world.model);
    let row = screen.ui.log.selected().unwrap();
    let entry = world.model.log.get(row).unwrap();
    assert!(matches!(entry.event(), Event::Alert(e) if e.rule.name == "service-killed"), "{entry:?}");
    screen.press("<Bksp><Enter>", &world.model);
    assert!(screen.text(&world.model).contains("A service was killed"), "{}", screen.text(&world.model));
    screen.press("S", &world.model);
    assert_eq!(screen.ui.tree.selected(), Some(world::bash().key), "from the page too");
    screen.press("<Bksp>", &world.model);
    assert!(screen.text(&world.model).contains("A service was killed"), "and back to it");
    screen.press("<Esc><Down>T", &world.model);
    assert!(screen.text(&world.model).contains("only a signal has a target"));
    screen.press("o", &world.model);
    assert!(screen.text(&world.model).contains("pid:9971"), "{}", screen.text(&world.model));
    let effects = screen.press("<Enter>", &world.model);
    assert_eq!(effects, [Effect::SetFilter(filter("pid:9971"))]);
}

#[test]
fn alerts_are_sorted_found_and_clicked() {
    let world = watched();
    let mut screen = with_rules((200, 50), &world.model);
    let first = |screen: &Screen| screen.ui.alerts.list.lines[0].event.rule.name.clone();
    screen.press("A", &world.model);
    assert_eq!(first(&screen), "service-killed", "newest first");
    screen.press(">", &world.model);
    assert_eq!(first(&screen), "ransom-names", "worst first");
    screen.press("I", &world.model);
    assert_eq!(first(&screen), "service-killed", "the least bad");
    screen.press("/nmap", &world.model);
    assert!(screen.text(&world.model).contains("1 match"));
    screen.press("<Enter>", &world.model);
    let chosen = |screen: &Screen| screen.ui.alerts.list.selected_line().unwrap().event.rule.name.clone();
    assert_eq!(chosen(&screen), "port-scan");
    let place = *screen.ui.layout(200, 50).place(sigtop::ui::layout::Panel::Alerts).unwrap();
    screen.press("1", &world.model);
    screen.mouse(MouseEventKind::Down(MouseButton::Left), place.inner().x + 3, place.inner().y, &world.model);
    assert_eq!(first(&screen), "service-killed", "sorted by a click on TIME");
    screen.mouse(MouseEventKind::Down(MouseButton::Left), place.rows().x + 3, place.rows().y + 2, &world.model);
    assert_eq!(chosen(&screen), "dropped-executable");
    screen.mouse(MouseEventKind::ScrollDown, place.rows().x + 3, place.rows().y + 2, &world.model);
    let copied = screen.press("y", &world.model);
    assert!(matches!(&copied[..], [Effect::Copy(sigtop::ui::Copied::Events { json: false, .. })]), "{copied:?}");
}

#[test]
fn a_paused_pane_stands_still_and_the_badge_goes_on() {
    let mut world = watched();
    let mut screen = with_rules((120, 36), &world.model);
    screen.press("A ", &world.model);
    let before = screen.text(&world.model);
    let secret = open(NOW + S, world::bash(), "/etc/shadow", None);
    for _ in 0..3 {
        world.apply(Event::Alert(Box::new(alert(&shadow(), world::bash(), secret.clone()))));
    }
    screen.act(Action::Tick(NOW + S), &world.model);
    let after = screen.text(&world.model);
    let body = |text: &str| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(body(&before), body(&after));
    assert!(after.lines().next().unwrap().contains("! 8 alerts, 3 new, 3 high"), "{after}");
    screen.press(" ", &world.model);
    assert!(screen.text(&world.model).contains("Alerts 8"), "{}", screen.text(&world.model));
}

#[test]
fn what_was_done_to_files_and_addresses_stands_in_the_log() {
    let world = watched();
    for (width, height) in THREE {
        let mut screen = Screen::new(look(), (width, height), &world.model);
        screen.press("2z<Up><Up>", &world.model);
        picture(&format!("deeds_log_{width}x{height}"), &screen, &world.model);
    }
    let find = |kind: &str| {
        let is = |event: &Event| event.kind().word() == kind;
        world.model.log.iter().find(|(_, entry)| is(&entry.event())).unwrap().0
    };
    for kind in ["open", "chmod", "move", "connect", "alert"] {
        let mut screen = Screen::new(look(), (120, 36), &world.model);
        screen.ui.log.select(find(kind), 10);
        screen.press("2<Enter>", &world.model);
        picture(&format!("deeds_{kind}_120x36"), &screen, &world.model);
        screen.press("S", &world.model);
        assert!(screen.ui.tree.selected().is_some_and(|key: ProcKey| key.pid >= 9971), "{kind}");
    }
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press("/9971<Enter><Enter>", &world.model);
    picture("deeds_story_120x36", &screen, &world.model);
    assert!(screen.text(&world.model).contains("/etc/shadow"));
}

#[test]
fn the_view_narrows_deeds_as_it_does_signals() {
    let world = watched();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    screen.press("Fkind:open<Enter><Enter>", &world.model);
    let kinds = |screen: &Screen| {
        let rows = screen.ui.log.index.iter().filter_map(|seq| world.model.log.get(*seq));
        let kinds = rows.map(|entry| entry.event().kind().word());
        kinds.filter(|kind| *kind != "alert").collect::<std::collections::BTreeSet<_>>() // an alert is always told
    };
    assert_eq!(kinds(&screen).into_iter().collect::<Vec<_>>(), ["open"]);
    screen.press(" ", &world.model);
    assert_eq!(kinds(&screen).into_iter().collect::<Vec<_>>(), ["open"], "in a paused picture too");
}

#[test]
fn rules_are_read_again_and_what_is_wrong_is_told_whole() {
    let world = busy();
    let mut screen = with_rules((80, 24), &world.model);
    assert_eq!(screen.press("R", &world.model), [Effect::ReloadRules]);
    screen.act(Action::Reloaded(Ok("14 rules hold now".into())), &world.model);
    assert!(screen.text(&world.model).contains("14 rules hold now"));
    let why = "/etc/sigtop/rules/site.yaml:14:11: `exee:` is no key of the filter language: did you mean `exe:`?\n   \
               14 |   where: exee:/usr/bin/nc\n      |          ^";
    screen.act(Action::Reloaded(Err(why.into())), &world.model);
    picture("alerts_refused_80x24", &screen, &world.model);
    screen.press("<Esc>", &world.model);
    assert!(!screen.text(&world.model).contains("exee"));
    screen.act(Action::Reloaded(Err("site.yaml: no such file".into())), &world.model);
    assert!(screen.text(&world.model).lines().last().unwrap().contains("site.yaml: no such file"));
    let mut screen = Screen::new(look(), (80, 24), &world.model);
    assert!(screen.press("R", &world.model).is_empty());
    assert!(screen.text(&world.model).contains("no rules are loaded"));
    let mut screen = Screen::new(Look { attached: true, ..look() }, (80, 24), &world.model);
    assert!(screen.press("R", &world.model).is_empty());
    assert!(screen.text(&world.model).contains("the daemon's"));
}

/// Who is told what is wrong mends it and has it read again, where he stands.
#[test]
fn rules_are_read_again_from_a_page_too() {
    let world = watched();
    let mut screen = with_rules((80, 24), &world.model);
    let wrong = |name: &str| Action::Reloaded(Err(format!("{name}.yaml:1:1: no rules here\n  x\n  ^")));
    screen.act(wrong("first"), &world.model);
    let told = screen.text(&world.model);
    assert!(told.contains("first.yaml:1:1") && told.lines().last().unwrap().contains("R reload"), "{told}");
    for key in ["S", "T", "L", "k", "Y"] {
        assert!(screen.press(key, &world.model).is_empty());
        assert_eq!(screen.text(&world.model), told, "{key} is dead here");
    }
    assert_eq!(screen.press("R", &world.model), [Effect::ReloadRules]);
    screen.act(wrong("second"), &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("second.yaml:1:1") && !text.contains("first"), "{text}");
    screen.act(Action::Reloaded(Ok("14 rules hold now".into())), &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("14 rules hold now") && !text.contains("second"), "what was wrong is over: {text}");
    screen.press("A<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("A service was killed"));
    assert_eq!(screen.press("R", &world.model), [Effect::ReloadRules]);
    screen.act(Action::Reloaded(Ok("15 rules hold now".into())), &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("A service was killed") && text.contains("15 rules hold now"), "{text}");
    screen.press("R", &world.model);
    screen.act(wrong("third"), &world.model);
    assert!(screen.text(&world.model).contains("third.yaml:1:1"), "{}", screen.text(&world.model));
}

#[test]
fn of_a_daemon_alerts_come_with_the_stream() {
    let world = watched();
    let screen = guarded(Look { attached: true, ..look() }, (120, 36), Rules::Nowhere, &world.model);
    let text = screen.text(&world.model);
    assert!(text.contains("! 5 alerts") && text.contains("of the daemon"), "{text}");
}

#[test]
fn alerts_without_colours_and_in_ascii() {
    let world = watched();
    let look = Look { ascii: true, palette: Palette::mono(), ..look() };
    let mut screen = guarded(look, (120, 36), Rules::Here(None), &world.model);
    picture("alerts_ascii_120x36", &screen, &world.model);
    for keys in ["A", "<Enter>", "<Esc>2<Up><Up><Up><Enter>"] {
        screen.press(keys, &world.model);
        assert!(screen.text(&world.model).is_ascii(), "{}", screen.text(&world.model));
        let cells = screen.buffer(&world.model);
        assert!(cells.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn hostile_rules_and_paths_do_no_harm() {
    let mut world = busy();
    let evil = "\u{1b}[2J\u{202e}日本\n\t\\x";
    let bad = rule(evil, Severity::Critical, evil, &[evil, evil]);
    let who = party(evil, 9999, 0);
    for event in [
        open(NOW, who, evil, None),
        file(NOW, who, Deed::Move { from: evil.repeat(90) }, &evil.repeat(90), None),
        Event::Connect(Box::new(ConnectEvent { mono_ns: NOW, who, address: Address::Unix(evil.into()), errno: None })),
    ] {
        world.apply(event.clone());
        let by = format!("path {evil}");
        world.apply(Event::Alert(Box::new(AlertEvent { by, count: u64::MAX, ..alert(&bad, who, event) })));
    }
    for (width, height) in SIZES {
        let mut screen = with_rules((width, height), &world.model);
        for keys in ["", "A", "<Enter>", "<Esc>z", "z2<Up><Up>", "<Enter>", "<Esc>1/9999<Enter><Enter>"] {
            screen.press(keys, &world.model);
            let text = screen.text(&world.model);
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\t']), "{text:?}");
            assert!(text.lines().count() == usize::from(height));
        }
    }
}

/// Deeds and alerts that the view asks for are in it, and are counted so.
#[test]
fn the_view_counts_what_it_shows() {
    let world = watched();
    let mut screen = with_rules((160, 40), &world.model);
    type_filter(&mut screen, "F", "kind:alert<Enter>", &world.model);
    assert!(screen.text(&world.model).contains("6 in view"), "{}", screen.text(&world.model));
    screen.press(" ", &world.model);
    assert!(screen.text(&world.model).contains("6 in view"));
}

/// A long path takes what the outcome leaves free, and the outcome is still whole.
#[test]
fn a_long_path_uses_the_room_that_is_there() {
    let mut world = busy();
    let long = "/usr/lib/x86_64-linux-gnu/security/pam_unix_of_a_long_name.so.0";
    world.apply(open(NOW, party("cat", 9971, 1000), long, Some(13)));
    let screen = with_rules((120, 36), &world.model);
    let text = screen.text(&world.model);
    let row = text.lines().find(|line| line.contains("OPEN")).unwrap_or_else(|| panic!("{text}"));
    assert!(row.contains("long_name.so.0  failed EACCES"), "{row}");
}
