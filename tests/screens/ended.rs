//! The stream has ended: the head says so for good, rates fall, and all else stands as it stood then.

use super::*;

#[test]
fn the_head_says_that_it_has_ended_and_when() {
    let world = busy();
    let looks =
        [("live", look()), ("attached", Look { attached: true, ..look() }), ("pipe", Look { replay: true, ..look() })];
    for (name, look) in looks {
        for (width, height) in [(80, 24), (120, 36), (200, 50)] {
            let mut screen = Screen::new(look, (width, height), &world.model);
            screen.act(Action::Ended(NOW), &world.model);
            assert!(screen.text(&world.model).contains("the stream has ended"));
            screen.press("2", &world.model);
            let text = screen.text(&world.model);
            let head = text.lines().next().unwrap_or_default();
            assert!(head.contains("■ ENDED 17:32:14"), "{head}");
            assert!(!["LIVE", "ATTACHED", "REPLAY"].iter().any(|word| head.contains(word)), "{head}");
            if name == "attached" {
                picture(&format!("ended_{width}x{height}"), &screen, &world.model);
            }
            let column = head.chars().take_while(|c| *c != '■').count() as u16;
            let alarm = look.palette.style(sigtop::ui::theme::Role::Alarm);
            assert_eq!(screen.buffer(&world.model)[(column, 0)].style().fg, alarm.fg);
            // Also where the picture stands still.
            screen.press(" ", &world.model);
            let text = screen.text(&world.model);
            let head = text.lines().next().unwrap_or_default();
            assert!(head.contains("PAUSED +0") && head.contains("■ ENDED 17:32:14"), "{head}");
        }
    }
}

#[test]
fn rates_fall_and_ages_stand() {
    let world = busy();
    let mut screen = Screen::new(look(), (120, 36), &world.model);
    let rate = |screen: &Screen| screen.ui.counters.rate;
    assert!(rate(&screen) > 0.0);
    screen.act(Action::Ended(NOW), &world.model);
    screen.act(Action::Tick(NOW + 100 * S), &world.model);
    assert_eq!((rate(&screen), screen.ui.now_ns), (0.0, NOW));
    assert!(screen.text(&world.model).lines().next().unwrap_or_default().contains(" 0 sig/s"));
}
