//! How long a picture takes: 10,000 processes and 100,000 rows of the log at 200x50, median of many.
//!
//! Split into what every picture costs (time passes, everything is drawn), what it costs when the tree changed since,
//! and what a pause costs. The terminal's own share (the difference that is sent to it) is measured too.

mod made;

use sigtop::event::*;
use sigtop::model::{Limits, Model};
use sigtop::signal::Signal;
use sigtop::ui::state::filters::Which;
use sigtop::ui::state::sort::Turn;
use sigtop::ui::term::Screen;
use sigtop::ui::{Action, Look, Start, Ui, view};
use std::time::{Duration, Instant};

const PROCESSES: u32 = 10_000;
const ROWS: u64 = 100_000;
const FRAMES: usize = 301;
const S: u64 = 1_000_000_000;

fn party(pid: u32) -> Party {
    made::party(pid, u64::from(pid) * 1000, pid % 7, &format!("process-{}", pid % 97))
}

fn fork(pid: u32, at: u64) -> Event {
    Event::Fork(ForkEvent { mono_ns: at, child: party(pid), parent: party((pid / 8).max(1)).key })
}

fn signal(id: u64, at: u64) -> Event {
    let (from, to) = ((id * 7919) as u32 % PROCESSES + 1, (id * 104_729) as u32 % PROCESSES + 1);
    let signal = Signal::new((id % 64) as u8 + 1).unwrap_or(Signal::HUP);
    Event::Signal(SignalEvent::kill(id, at, signal, party(from), party(to)))
}

fn model() -> Model {
    let mut model = Model::new(Header { host: "bench".into(), ..Header::default() }, Limits::default());
    (1..=PROCESSES).for_each(|pid| model.apply(&fork(pid, S)));
    (1..=ROWS).for_each(|id| model.apply(&signal(id, 2 * S + id * 1000)));
    model
}

fn median(mut run: impl FnMut(usize)) -> Duration {
    let mut times: Vec<Duration> = (0..FRAMES)
        .map(|n| {
            let start = Instant::now();
            run(n);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[FRAMES / 2]
}

/// Views that ask more and more of each row: its signal, names, ancestors, what is known of its processes.
const VIEWS: [&str; 5] =
    ["sig:TERM", "from:process-7", "process-1", "tree:5 !uid:3", "unit:nginx or arg:--x or exe:a*"];

/// Opens the bar, empties it and types; what is left to do is to apply it.
fn type_view(ui: &mut Ui, model: &Model, text: &str) {
    ui.update(Action::Bar(Which::View), model);
    ui.update(Action::Edit(tui_input::InputRequest::DeleteLine), model);
    text.chars().for_each(|letter| drop(ui.update(Action::Letter(letter), model)));
}

fn main() {
    let mut model = model();
    let mut ui = Ui::new(Look::default(), Start::default());
    let size = ratatui::layout::Rect::new(0, 0, 200, 50);
    let mut screen = Screen::new(std::io::sink());
    ui.update(Action::Resize { width: 200, height: 50 }, &model);
    let mut now = 3 * S;
    let mut id = ROWS;
    let mut frame = |ui: &mut Ui, model: &Model, now: u64| {
        ui.update(Action::Tick(now), model);
        let _ = screen.draw(size, |buffer| view::draw(buffer, ui, model));
    };

    let quiet = median(|_| {
        now += S / 30;
        frame(&mut ui, &model, now);
    });
    let mut events = Duration::ZERO;
    let busy = median(|_| {
        let start = Instant::now();
        for _ in 0..1000 {
            id += 1;
            now += S / 30_000;
            model.apply(&signal(id, now));
        }
        events += start.elapsed();
        frame(&mut ui, &model, now);
    });
    let forking = median(|n| {
        now += S / 30;
        model.apply(&fork(PROCESSES + 1 + n as u32, now));
        frame(&mut ui, &model, now);
    });
    let pause = median(|_| {
        ui.update(Action::Pause, &model);
    });
    ui.update(Action::Pause, &model);
    let sender = SenderKey::Process(party(1).key);
    let targets = median(|_| {
        std::hint::black_box(model.log.targets(sender, None, u64::MAX));
    });
    (0..2).for_each(|_| drop(ui.update(Action::PreviousPanel, &model)));
    let sorted = median(|_| {
        ui.update(Action::Sort(Turn::Next), &model);
    });
    let noise = median(|_| {
        ui.update(Action::Noise, &model);
    });
    let page = median(|_| {
        ui.update(Action::Open, &model);
        ui.update(Action::Close, &model);
    });
    ui.update(Action::Open, &model);
    let paged = median(|_| {
        for _ in 0..1000 {
            id += 1;
            now += S / 30_000;
            model.apply(&signal(id, now));
        }
        frame(&mut ui, &model, now);
    });
    ui.update(Action::Close, &model);
    let mut typed = Duration::ZERO;
    let views = VIEWS.map(|text| {
        let mut applied: Vec<Duration> = (0..21)
            .map(|n| {
                let start = Instant::now();
                type_view(&mut ui, &model, if n % 2 == 0 { text } else { "" });
                typed = typed.max(start.elapsed() / (text.len() as u32 + 2));
                let start = Instant::now();
                ui.update(Action::Apply, &model);
                start.elapsed()
            })
            .collect();
        applied.sort_unstable();
        applied[applied.len() * 3 / 4]
    });
    println!("picture at 200x50, {PROCESSES} processes, {ROWS} rows (promise: 5 ms):");
    println!("  nothing new          {quiet:>10.1?}");
    println!("  1000 signals since   {busy:>10.1?}  of it {:.1?} for taking them in", events / FRAMES as u32);
    println!("  the tree changed     {forking:>10.1?}");
    println!("  pause or go on       {pause:>10.1?}");
    println!("  show or hide noise   {noise:>10.1?}");
    println!("  a page opens         {page:>10.1?}");
    println!("  a page, 1000 signals {paged:>10.1?}");
    println!("  sort the senders     {sorted:>10.1?}");
    println!("  targets of a sender  {targets:>10.1?}  at most four times a second");
    println!("  a letter in the bar  {typed:>10.1?}");
    for (text, time) in VIEWS.iter().zip(views) {
        println!("  view {text:<32} {time:>10.1?}");
    }
}
