//! The rules that come with the program: what they need, and that whoever reads them finds everything.

use super::*;
use crate::event::Severity;
use crate::filter::{Expr, Filter, Want, Wanted};

fn builtin() -> RuleSet {
    RuleSet::read(&RuleSet::builtin(), &|_| None).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn each_says_what_it_means_and_when_it_is_wrong() {
    for rule in builtin().rules() {
        let name = &rule.info.name;
        assert!(!rule.info.description.is_empty() && !rule.info.false_alarms.is_empty(), "{name}");
        assert!(rule.info.severity >= Severity::Low && rule.debounce_ns > 0 && rule.is_enabled, "{name}");
    }
}

/// A rule on /etc/shadow makes no other file be looked at, whatever else is shown, and what failed is asked for.
#[test]
fn they_ask_for_little() {
    let needs = builtin().needs();
    for want in [&needs.facts.open, &needs.facts.connect] {
        assert!(matches!(want, Want::These(_)), "{want:?}");
    }
    assert!(matches!(needs.facts.moves, Want::Everything(_)), "what was made executable is followed under any name");
    assert!(needs.facts.failed_sends && !needs.facts.failed_execs);
    let both = Filter(Expr::any(vec![Expr::default(), needs.filter.0.clone()]));
    assert!(Wanted::by(&both).is_nothing(), "the filter asks for nothing beside that");
    Filter::parse(&needs.filter.to_string(), &|_| None).unwrap();
}

/// So many rules that no filter holds them: then for more, but for all of it.
#[test]
fn too_many_rules_miss_nothing() {
    let rule = |n: usize| {
        format!("  - {{name: r{n}, on: signal, where: 'result:failed errno:EPERM to:{}{n}'}}\n", "x".repeat(300))
    };
    let text: String = (0..20).map(rule).collect();
    let needs = set(&format!("rules:\n{text}")).needs();
    assert!(needs.filter.to_string().len() < 2048);
    assert!(needs.facts.failed_sends);
}
