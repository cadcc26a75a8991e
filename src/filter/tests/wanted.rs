//! What is looked for is as narrow as the filter allows, and never too narrow.

use super::super::*;
use super::events::*;
use super::{any_deed_term, any_expr, any_filter, any_term};
use crate::event::{Deed, Event, Kind};
use proptest::prelude::*;

/// The definition of what is looked for.
impl Watch {
    /// Whether an event is what is looked for: of a file any of its paths, of a move both ends.
    fn fits(&self, event: &Event) -> bool {
        match (self, event) {
            (Watch::Ports(first, last), Event::Connect(connect)) => {
                connect.inet().is_some_and(|to| (*first..=*last).contains(&to.port()))
            }
            (Watch::Mode(bits), Event::File(file)) => match file.deed {
                Deed::Chmod { before, mode } => mode & !before.unwrap_or(0) & bits != 0,
                Deed::Open { .. } | Deed::Move { .. } => false,
            },
            (watch, Event::File(file)) => file.paths().any(|path| watch.is_at(path)),
            _ => false,
        }
    }

    fn is_at(&self, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        match self {
            Watch::File(file) => path == file,
            Watch::Under(above) => {
                path.strip_prefix(above.as_str()).is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'/')))
            }
            Watch::Name(wanted) => name == wanted,
            Watch::In(wanted) => directory.split('/').any(|above| above == wanted),
            Watch::Ending(end) => name.ends_with(end.as_str()),
            Watch::Mode(_) | Watch::Ports(..) => false,
        }
    }
}

fn wanted(text: &str) -> Wanted {
    Wanted::by(&Filter::parse(text, &|_| None).unwrap())
}

fn these(watches: &[Watch]) -> Want {
    Want::These(watches.to_vec())
}

fn file(path: &str) -> Watch {
    Watch::File(path.into())
}

fn under(path: &str) -> Watch {
    Watch::Under(path.into())
}

#[test]
fn a_path_is_watched_for_in_the_narrowest_way() {
    for (pattern, watch) in [
        ("/etc/shadow", Some(file("/etc/shadow"))),
        ("/root/**", Some(under("/root"))),
        ("/root/.ssh/id_*", Some(under("/root/.ssh"))),
        ("/tmp/*", Some(under("/tmp"))),
        ("/tmp*/x*", Some(under(""))),
        ("/home/*/.ssh/*", Some(Watch::In(".ssh".into()))),
        ("/home/*/.config/*/Local/**", Some(Watch::In("Local".into()))),
        ("/home/*/.ssh/id_rsa", Some(Watch::Name("id_rsa".into()))),
        ("/proc/*/mem", Some(Watch::Name("mem".into()))),
        ("**/*.enc", Some(Watch::Ending(".enc".into()))),
        ("*.enc", Some(Watch::Ending(".enc".into()))),
        ("/srv/**/a*.enc", Some(Watch::Ending(".enc".into()))),
        ("shadow", Some(Watch::Name("shadow".into()))),
        ("bin/ls", Some(Watch::Name("ls".into()))),
        ("/**", Some(under(""))),
        ("/*/x/", Some(Watch::In("x".into()))),
        ("*", None),
        ("**", None),
        ("a*", None),
        ("x/", None),
    ] {
        assert_eq!(Watch::of_path(&Pattern(pattern.into())), watch, "{pattern}");
    }
}

#[test]
fn what_is_wanted_follows_from_the_filter() {
    let shadow = || these(&[file("/etc/shadow")]);
    let all_and_shadow = || Want::Everything(vec![file("/etc/shadow")]);
    let nothing = Wanted::default();
    let open = |open: Want| Wanted { open, ..Wanted::default() };
    for (text, expected) in [
        ("", nothing.clone()),
        ("path:/etc/shadow", nothing.clone()),
        ("!kind:open", nothing.clone()),
        ("kind:open", open(Want::ALL)),
        ("kind:open path:/etc/shadow", open(shadow())),
        ("kind:open,signal path:/etc/shadow !exe:/usr/bin/passwd uid:1000", open(shadow())),
        ("kind:open path:/etc/shadow,/root/**", open(these(&[file("/etc/shadow"), under("/root")]))),
        ("kind:open (path:/etc/shadow or path:/root/**)", open(these(&[file("/etc/shadow"), under("/root")]))),
        ("kind:open path:/etc/** path:shadow", open(these(&[Watch::Name("shadow".into())]))),
        ("kind:open path:/etc/shadow,*", open(all_and_shadow())),
        ("kind:open !path:/etc/shadow", open(Want::ALL)),
        ("kind:open !(!path:/etc/shadow or uid:0)", open(shadow())),
        ("kind:open (path:/etc/shadow or access:created)", open(all_and_shadow())),
        ("kind:open or path:/etc/shadow", open(all_and_shadow())),
        ("(kind:open or kind:open path:/etc/shadow) uid:0 access:read", open(all_and_shadow())),
        ("kind:open (path:/etc/shadow or sig:KILL or port:22 or mode:+x or from:7)", open(shadow())),
        ("kind:open result:queued", nothing.clone()),
        ("kind:signal or kind:open path:/etc/shadow", open(shadow())),
        (
            "kind:open path:/etc/shadow or kind:chmod mode:+x,u+s or kind:connect port:22,80-90",
            Wanted {
                open: shadow(),
                chmod: these(&[Watch::Mode(0o111), Watch::Mode(0o4000)]),
                connect: these(&[Watch::Ports(22, 22), Watch::Ports(80, 90)]),
                ..Wanted::default()
            },
        ),
        (
            "kind:open,chmod,move,connect path:/etc/shadow",
            Wanted { open: shadow(), chmod: shadow(), moves: shadow(), connect: Want::ALL, ..Wanted::default() },
        ),
        ("kind:chmod mode:4755,+x", Wanted { chmod: Want::Everything(vec![Watch::Mode(0o111)]), ..Wanted::default() }),
        ("kind:connect addr:::1", Wanted { connect: Want::ALL, ..Wanted::default() }),
        ("kind:connect,open port:22", Wanted { connect: these(&[Watch::Ports(22, 22)]), ..Wanted::default() }),
    ] {
        assert_eq!(wanted(text), expected, "{text}");
    }
}

/// Filters that often name what is done to files and addresses.
fn any_wanting() -> impl Strategy<Value = Filter> {
    let kinds = || {
        let kinds = prop::sample::subsequence(wanted::ON_REQUEST.to_vec(), 1..=4);
        kinds.prop_map(Term::Kind)
    };
    let terms = prop_oneof![2 => kinds(), 4 => any_deed_term(), 1 => any_term()];
    let narrowed =
        (kinds(), any_expr(terms.boxed())).prop_map(|(kinds, expr)| Filter(Expr::all(vec![Expr::Term(kinds), expr])));
    prop_oneof![4 => narrowed, 1 => any_filter()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever the filter shows and names by its kind, somebody looks for.
    #[test]
    fn nothing_is_missed(filter in any_wanting(), events in prop::collection::vec(any_fact(), 8)) {
        let wanted = Wanted::by(&filter);
        for event in events.iter().filter(|event| wanted::asked(&filter).contains(&event.kind())) {
            let looked_for = match wanted.of(event.kind()) {
                Want::Nothing => false,
                Want::These(watches) => watches.iter().any(|watch| watch.fits(event)),
                Want::Everything(_) => true,
            };
            prop_assert!(looked_for || !matches(&filter, event, &Census::default()), "{} {:?} {:?}", filter, wanted, event);
        }
    }

    /// Of calls that failed, too.
    #[test]
    fn what_may_fail_and_be_shown_is_known(filter in any_filter(), events in prop::collection::vec(any_event(), 8)) {
        for event in &events {
            let failed = matches!(event, crate::event::Event::Attempt(_) | crate::event::Event::FailedExec(_));
            if failed && matches(&filter, event, &Census::default()) {
                prop_assert!(wanted::may_show(&filter, event.kind()), "{} {:?}", filter, event);
            }
        }
    }

    #[test]
    fn either_wants_what_both_want(a in any_wanting(), b in any_wanting(), event in any_fact()) {
        let fits = |wanted: &Wanted| match wanted.of(event.kind()) {
            Want::Nothing => false,
            Want::These(watches) => watches.iter().any(|watch| watch.fits(&event)),
            Want::Everything(_) => true,
        };
        let (a, b) = (Wanted::by(&a), Wanted::by(&b));
        let either = a.clone().or(b.clone());
        prop_assert_eq!(fits(&either), fits(&a) || fits(&b));
        let watches = |wanted: &Wanted| match wanted.of(event.kind()) {
            Want::Nothing => Vec::new(),
            Want::These(watches) | Want::Everything(watches) => watches.clone(),
        };
        let known = watches(&either);
        prop_assert!(watches(&a).iter().chain(&watches(&b)).all(|watch| known.contains(watch)), "{:?}", either);
    }
}

#[test]
fn kinds_that_are_told_anyway_are_not_wanted() {
    assert_eq!(wanted("kind:exec,signal,fork"), Wanted::default());
    assert_eq!(Wanted::EVERYTHING.of(Kind::Exec), &Want::Nothing);
}
