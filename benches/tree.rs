//! The tree with 50,000 processes, deep and wide, while 1,000 begin and end in a second: how long a picture takes,
//! the worst of a hundred and of all, for each way of looking at it; and what a pause and a key cost.

mod made;

use sigtop::event::*;
use sigtop::model::{Limits, Model};
use sigtop::signal::Signal;
use sigtop::ui::state::sort::Turn;
use sigtop::ui::term::Screen;
use sigtop::ui::{Action, Look, Start, Ui, view};
use std::time::{Duration, Instant};

const PROCESSES: u32 = 50_000;
const FRAMES: usize = 600;
const A_SECOND: u64 = 30;
const S: u64 = 1_000_000_000;

fn party(pid: u32) -> Party {
    made::party(pid, u64::from(pid) * 1000, pid % 7, &format!("process-{}", pid % 97))
}

/// A third are children of the first, a third make a tree of eight each, a third long chains.
fn parent(pid: u32) -> u32 {
    match pid % 3 {
        0 => 1,
        1 => (pid / 8).max(1),
        _ if pid % 300 < 3 => 1,
        _ => pid - 3,
    }
}

fn begin(model: &mut Model, pid: u32, mono_ns: u64) {
    let who = party(pid);
    model.apply(&Event::Fork(ForkEvent { mono_ns, child: who, parent: party(parent(pid)).key }));
    let argv = vec![format!("/usr/bin/program-{}", pid % 211), "--number".into(), pid.to_string(), "x".repeat(40)];
    let exec = ExecEvent {
        mono_ns,
        who,
        gid: 0,
        filename: "/usr/bin/program".into(),
        argv,
        argv_cut: false,
        tty: Tty::NONE,
        cwd: "/".into(),
        exe: String::new(),
    };
    model.apply(&Event::Exec(Box::new(exec)));
}

fn end(model: &mut Model, pid: u32, mono_ns: u64) {
    let killed = End::Signal { signal: Signal::KILL, core: false };
    let end = if pid.is_multiple_of(10) { killed } else { End::Code((pid % 3) as u8) };
    model.apply(&Event::Exit(ExitEvent { mono_ns, who: party(pid), thread: false, end, cause: None }));
}

struct Bench {
    model: Model,
    ui: Ui,
    now: u64,
    next: u32,
}

impl Bench {
    fn new() -> Bench {
        let mut model = Model::new(Header::default(), Limits::default());
        (1..=PROCESSES).for_each(|pid| begin(&mut model, pid, S));
        let mut ui = Ui::new(Look::default(), Start::default());
        ui.update(Action::Resize { width: 200, height: 50 }, &model);
        Bench { model, ui, now: 2 * S, next: PROCESSES + 1 }
    }

    /// What happens between two pictures.
    fn live(&mut self) {
        self.now += S / A_SECOND;
        for _ in 0..1000 / A_SECOND {
            begin(&mut self.model, self.next, self.now);
            if self.next > PROCESSES + 200 {
                end(&mut self.model, self.next - 200, self.now);
            }
            self.next += 1;
        }
        self.model.advance(self.now);
    }

    fn update(&mut self, action: Action) -> Duration {
        let start = Instant::now();
        self.ui.update(action, &self.model);
        start.elapsed()
    }

    fn look_for(&mut self, text: &str) -> Duration {
        self.update(Action::Find);
        let worst = text.chars().map(|letter| self.update(Action::Letter(letter))).max();
        self.update(Action::Apply);
        worst.unwrap_or_default()
    }
}

fn main() {
    let size = ratatui::layout::Rect::new(0, 0, 200, 50);
    let mut screen = Screen::new(std::io::sink());
    let mut bench = Bench::new();
    println!(
        "{PROCESSES} processes, 1000 forks, execs and exits a second, pictures at 200x50 (promise: 8 ms of 99 in 100)"
    );
    println!("{:<34} {:>9} {:>9} {:>9}", "", "median", "99 of 100", "worst");
    let mut frames = |bench: &mut Bench, what: &str| {
        let mut times: Vec<Duration> = (0..FRAMES)
            .map(|_| {
                bench.live();
                let start = Instant::now();
                bench.ui.update(Action::Tick(bench.now), &bench.model);
                let _ = screen.draw(size, |buffer| view::draw(buffer, &bench.ui, &bench.model));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let (half, most, worst) = (times[FRAMES / 2], times[FRAMES * 99 / 100], times[FRAMES - 1]);
        println!("{what:<34} {half:>9.1?} {most:>9.1?} {worst:>9.1?}");
    };
    frames(&mut bench, "by pid");
    bench.update(Action::Sort(Turn::Next));
    frames(&mut bench, "by name");
    bench.update(Action::Sort(Turn::Next));
    frames(&mut bench, "by signals sent");
    bench.update(Action::Sort(Turn::Previous));
    bench.update(Action::Sort(Turn::Previous));
    bench.update(Action::Flat);
    frames(&mut bench, "one list");
    bench.update(Action::Flat);
    let letter = bench.look_for("process-1 number");
    frames(&mut bench, "what fits");
    bench.update(Action::Back);
    let fold = bench.update(Action::FoldAll).max(bench.update(Action::FoldAll));
    let level = bench.update(Action::Level { more: false });
    bench.update(Action::FoldAll);
    let pause = bench.update(Action::Pause);
    let paused = bench.update(Action::FoldIn);
    let resume = bench.update(Action::Pause);
    println!("a letter of what is looked for     {letter:>9.1?}");
    println!("fold all, one level less           {fold:>9.1?} {level:>9.1?}");
    println!("pause, a fold while paused, go on  {pause:>9.1?} {paused:>9.1?} {resume:>9.1?} (promise: 50 ms)");
}
