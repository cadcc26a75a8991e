//! On a running daemon: where the events come from stands at the head, and all else is as it is live.

use super::*;

#[test]
fn the_head_says_that_it_is_attached() {
    let world = busy();
    for size in [(80, 24), (120, 36), (200, 50)] {
        let live = Screen::new(look(), size, &world.model).text(&world.model);
        let mut attached = Screen::new(Look { attached: true, ..look() }, size, &world.model);
        let text = attached.text(&world.model);
        let head = |text: &str| text.lines().next().unwrap_or_default().to_string();
        assert!(head(&live).contains("● LIVE"), "{live}");
        assert!(head(&text).contains("● ATTACHED"), "{text}");
        assert!(head(&text).contains("capture: all") && head(&text).contains("view: hides"), "{text}");
        let rest = |text: &str| text.lines().skip(1).map(String::from).collect::<Vec<_>>();
        assert_eq!(rest(&text), rest(&live));
        attached.press(" ", &world.model);
        assert!(head(&attached.text(&world.model)).contains("PAUSED"));
    }
}
