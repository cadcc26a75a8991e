//! What is wrong with a file is said, all of it, and where.

use super::*;

/// `line:column: reason` of each problem.
fn said(text: &str) -> Vec<String> {
    let problems = read(text).map(|_| ()).unwrap_err();
    problems.iter().map(|p| format!("{}:{}: {}", p.line, p.column, p.reason)).collect()
}

#[test]
fn all_errors_of_a_file_are_told_at_once_with_the_nearest_word() {
    let text = "\
rules:
  - nmae: a
    name: b
    on: forx
    severity: hihg
    where: 'exe:/bin/sh sigg:KILL'
    debounce: 10
  - name: c d
    on: [fork, open]
    by: path
    within: 1s
  - on: signal
    count: 1
    distinct: ports
";
    assert_eq!(
        said(text),
        [
            "2:5: a rule has no field \"nmae\"; did you mean name?",
            "4:9: on cannot be \"forx\"; did you mean fork?",
            "5:15: severity cannot be \"hihg\"; did you mean high?",
            "6:25: where: no such key \"sigg:\"; did you mean \"sig:\"?",
            "7:15: debounce is a time with its unit (250ms, 10s, 5m, 1h), not \"10\"",
            "8:11: name is one word of letters, digits, - _ and ., not \"c d\"",
            "10:9: by: path is nothing that an event of the kind fork has; on: exec, open, chmod, move",
            "11:5: within is for rules that count; add \"count: ...\", or leave within out",
            "12:5: a rule has a name; add \"name: ...\"",
            "13:12: count is a number from 2 to 1000, not \"1\"",
            "13:12: count needs the time in which they come; add \"within: 10s\" or the like",
            "14:15: distinct: an event of the kind signal has no ports",
        ]
    );
}

#[test]
fn the_column_of_a_filter_is_found_in_whatever_way_it_is_written() {
    let column = |written: &str| {
        let problems =
            read(&format!("rules:\n  - name: a\n    on: exec\n    where: {written}\n")).map(|_| ()).unwrap_err();
        (problems[0].line, problems[0].column, problems[0].snippet.clone())
    };
    let marked = |written: &str| {
        let (_, _, snippet) = column(written);
        let (line, marks) = snippet.split_once('\n').unwrap();
        line[marks.find('^').unwrap()..].get(..marks.trim_start().len()).unwrap().to_string()
    };
    assert_eq!(column("exe:sh sigg:KILL").1, 19);
    assert_eq!(marked("exe:sh sigg:KILL"), "sigg:");
    assert_eq!(marked("'exe:it''s sigg:KILL'"), "sigg:");
    assert_eq!(marked(r#""exe:\"it\" sigg:KILL""#), "sigg:");
    assert_eq!(marked("exe:sh\n      sigg:KILL"), "sigg:");
    assert_eq!(column(">-\n      exe:sh\n      sigg:KILL").0, 6);
    assert_eq!(marked(">-\n      exe:sh\n      sigg:KILL"), "sigg:");
    assert_eq!(marked("|\n      exe:sh\n      sigg:KILL"), "sigg:");
}

#[test]
fn what_is_no_yaml_or_none_for_rules_is_said() {
    let first = |text: &str| said(text).remove(0);
    assert_eq!(first(""), "1:1: no rules here; a file begins with \"rules:\"");
    assert_eq!(first("- a\n"), "1:1: a file of rules is a map of fields (name: value); here is a list");
    assert_eq!(first("ruels: []\n"), "1:1: a file of rules has no field \"ruels\"; did you mean rules?");
    assert_eq!(first("rules: 3\n"), "1:8: rules: a list, each with \"- \" before it; here is a text");
    assert!(first("rules:\n\t- name: a\n").starts_with("2:2: no YAML: "), "{}", first("rules:\n\t- name: a\n"));
    assert!(first("rules: [\n").contains("no YAML"));
    assert!(first("rules: &a []\n").contains("no anchors"));
    assert!(first("rules: *a\n").contains("no aliases"));
    assert!(first("rules: []\n---\nrules: []\n").starts_with("2:1: a second document"));
    assert_eq!(first("rules: []\nrules: []\n"), "2:1: rules is there twice");
    assert!(first(&"[".repeat(100)).contains(":"));
    assert!(first(&format!("rules: {}", " ".repeat(2 << 20))).contains("too long"));
}

#[test]
fn two_rules_of_one_name_are_told_apart_by_their_places() {
    let text = "rules:\n  - {name: a, on: fork}\n";
    let files = ["one.yaml", "two.yaml"].map(|name| File { name: name.into(), text: text.into() });
    let problems = RuleSet::read(&files, &|_| None).map(|_| ()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "two.yaml:2:12: a is the name of another rule, at one.yaml:2:12; each has its own"
    );
    assert_eq!(problems[0].snippet, "  - {name: a, on: fork}\n           ^");
}

/// Why a rule with this filter is refused, and at which part of it.
fn unfit(on: &str, filter: &str) -> Option<(String, String)> {
    let problems = read(&format!("rules:\n  - name: a\n    on: {on}\n    where: \"{filter}\"\n")).err()?;
    let (line, marks) = problems[0].snippet.split_once('\n').unwrap();
    let part = line[marks.find('^').unwrap()..].get(..marks.trim_start().len()).unwrap();
    Some((part.to_string(), problems[0].reason.clone()))
}

/// A path as the kernel has it has no empty part, no `.` and no `..`; what a socket is called its caller decides.
#[test]
fn a_path_that_the_kernel_never_has_is_refused_with_the_one_that_is_meant() {
    for (filter, wrong, meant) in [
        ("path:/etc//shadow", "/etc//shadow", "/etc/shadow"),
        ("path:/etc//shadow/../x", "/etc//shadow/../x", "/etc/x"),
        ("path:/etc/shadow/", "/etc/shadow/", "/etc/shadow, or /etc/shadow/** for what is below"),
        ("path:/etc/./*.conf", "/etc/./*.conf", "/etc/*.conf"),
        ("path:/etc/x,/srv/**/", "/srv/**/", "/srv/**"),
        ("uid:0 !path:**//x", "**//x", "**/x"),
        ("path:/tmp/..", "/tmp/..", "/"),
        ("exe:/usr//bin/cat", "/usr//bin/cat", "/usr/bin/cat"),
    ] {
        let (part, reason) = unfit("open", filter).unwrap_or_else(|| panic!("{filter}"));
        assert_eq!(part, wrong);
        let expected = format!("where: no path is written \"{wrong}\" by the kernel; did you mean {meant}?");
        assert_eq!(reason, expected, "{filter}");
    }
    assert!(unfit("open", "path:..").unwrap().1.ends_with("by the kernel"), "nothing is near");
    assert!(unfit("signal", "from.exe:/usr/bin/").unwrap().1.contains("did you mean /usr/bin, or"));
    for right in ["/dir/**", "*.locked", "/a?", "/", "/**", "**/x", "/a/.*", "/a/..*", "/a/.../b", "*", "/a/*/b", "..a"]
    {
        assert_eq!(unfit("open", &format!("path:{right}")), None, "{right}");
    }
    for right in ["/run//x.sock", "./x.sock", "@a//b/"] {
        assert_eq!(unfit("connect", &format!("path:{right}")), None, "{right}");
    }
    assert_eq!(unfit("open", "path:@a//b/"), None);
}

#[test]
fn a_kind_beside_on_is_told_what_on_says() {
    let reason = |on: &str, filter: &str| unfit(on, filter).unwrap();
    let said = "where: on: is signal already, so kind:open is never true, and nothing fires".to_string();
    assert_eq!(reason("signal", "uid:0 kind:open"), ("kind:".into(), said));
    assert!(
        reason("[open, move]", "kind:exec,fork").1.contains("on: is open, move already, so kind:exec,fork is never")
    );
    assert!(reason("open", "!kind:open").1.contains("on: is open already, so !kind:open is never true"));
}

/// As readers of YAML take it, old ones and new ones.
#[test]
fn true_and_false_are_written_in_many_ways() {
    let is_enabled = |word: &str| {
        let set = read(&format!("rules: [{{name: a, on: fork, enabled: {word}}}]"));
        set.map(|set| set.enabled().count() == 1).map_err(|problems| problems[0].reason.clone())
    };
    for word in "true True TRUE yes Yes YES on On ON".split(' ') {
        assert_eq!(is_enabled(word), Ok(true), "{word}");
    }
    for word in "false False FALSE no No NO off Off OFF".split(' ') {
        assert_eq!(is_enabled(word), Ok(false), "{word}");
    }
    for word in "y n Y N 1 0 tRUE truE wahr".split(' ') {
        assert_eq!(is_enabled(word), Err(format!("enabled is true or false, not \"{word}\"")));
    }
}

/// What can never fire is told, and where.
#[test]
fn a_filter_that_fits_no_event_of_the_rule_is_refused() {
    let of = |on: &str, filter: &str| {
        let problems = read(&format!("rules:\n  - name: a\n    on: {on}\n    where: \"{filter}\"\n"));
        problems.err().map(|problems| (problems[0].line, problems[0].column, problems[0].reason.clone()))
    };
    let refused = |on: &str, filter: &str| of(on, filter).unwrap_or_else(|| panic!("{on} {filter}"));
    let (line, column, reason) = refused("open", "uid:0 sig:KILL");
    assert_eq!((line, column), (4, 19));
    assert_eq!(
        reason,
        "where: sig: fits no event of the kind open, so nothing fires; sig: is for signal, deliver, exit"
    );
    assert!(refused("chmod", "from:bash").2.ends_with("; who did it is pid: or exe:"));
    for (on, filter) in [("open", "port:22"), ("open", "kind:exec"), ("fork", "path:/x"), ("open", "!kind:open")] {
        refused(on, filter);
    }
    assert!(refused("open", "path:etc/passwd").2.contains("begins with / or *"));
    assert!(refused("open", " ").2.contains("where holds nothing"));
    for (on, filter) in [
        ("connect", "path:/run/x.sock"),
        ("[open, move]", "kind:move or access:write"),
        ("open", "path:passwd,*/x,/etc/**"),
        ("[open, signal]", "sig:KILL"),
        ("exit", "from:bash"),
        ("open", "!sig:KILL"),
    ] {
        assert_eq!(of(on, filter), None, "{on} {filter}");
    }
    assert!(said("rules:\n  - name: a\n    on: open\n    where:\n")[0].starts_with("4:5: where holds nothing"));
}

#[test]
fn hints_lead_to_what_is_wrong() {
    let first = |text: &str| said(text).remove(0);
    assert_eq!(first("rules:\n"), "1:1: no rules here; nothing stands below \"rules:\"");
    assert_eq!(first("- name: a\n  on: fork\n"), "1:1: rules stand below \"rules:\"; put that line above");
    let long = first("rules:\n  - {name: a, on: fork, count: 2, within: 99999999999h}\n");
    assert!(long.contains("within is from 1ms to 1day"), "{long}");
    let long = first("rules:\n  - {name: a, on: fork, count: 2, within: 99999999999999999999999h}\n");
    assert!(long.contains("within is from 1ms to 1day"), "{long}");
    let indented = first("rules:\n  - name: a\n   on: fork\n    severity: low\n");
    assert!(!indented.contains("between quotes") && indented.contains("same column"), "{indented}");
    let unclosed = first("rules:\n  - name: a\n    description: \"x\n    on: fork\n");
    assert!(unclosed.contains("opened and not closed"), "{unclosed}");
}
