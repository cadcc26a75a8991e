//! The recorder: nanoseconds and bytes an event, packed and plain, of the made-up machine's mix of events; and what
//! handing an event over costs the one who takes it from the kernel. It prints and decides nothing.

use sigtop::app::record::{Place, Recorder};
use sigtop::event::Event;
use sigtop::sink::record::{FRAME_BYTES, Frames};
use sigtop::source::synth::{Synth, header};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVENTS: usize = 200_000;
const ROUNDS: usize = 9;

/// Nanoseconds and bytes an event.
fn frames(events: &[Event], compressed: bool) -> (f64, f64) {
    let Ok(mut frames) = Frames::new(compressed) else { return (0.0, 0.0) };
    let (mut frame, mut bytes) = (Vec::new(), 0);
    let start = Instant::now();
    for event in events {
        let _ = frames.event(black_box(event));
        if frames.waiting() >= FRAME_BYTES {
            let _ = frames.pack(&mut frame);
            bytes += black_box(&frame).len();
        }
    }
    let _ = frames.pack(&mut frame);
    bytes += frame.len();
    (start.elapsed().as_nanos() as f64 / events.len() as f64, bytes as f64 / events.len() as f64)
}

/// Nanoseconds an event until all is handed over, and until all is written.
fn recorded(batches: &[Arc<Vec<Event>>]) -> Option<(f64, f64)> {
    let dir = std::env::temp_dir().join(format!("sigtop-bench-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let times = runtime.block_on(async {
        let place = Place::Directory { dir: dir.clone(), max_bytes: 64 << 20 };
        let mut recorder = Recorder::open(place, header(), Box::new(|said| eprintln!("{said}"))).ok()?;
        let (mut handing, start) = (Duration::ZERO, Instant::now());
        for batch in batches {
            recorder.room().await;
            let before = Instant::now();
            recorder.take(batch);
            handing += before.elapsed();
        }
        recorder.finish(Duration::from_secs(60)).await?;
        let each = |time: Duration| time.as_nanos() as f64 / EVENTS as f64;
        Some((each(handing), each(start.elapsed())))
    });
    let _ = std::fs::remove_dir_all(dir);
    times
}

fn main() {
    let events: Vec<Event> = Synth::new(1).take(EVENTS).collect();
    for (name, compressed) in [("frames, plain", false), ("frames, zstd", true)] {
        let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| frames(&events, compressed)).collect();
        rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ns, bytes) = rounds[ROUNDS / 2];
        println!("{name:14} {ns:6.0} ns/event (median; best {:.0}), {bytes:.1} bytes an event", rounds[0].0);
    }
    let batches: Vec<Arc<Vec<Event>>> = events.chunks(1024).map(|chunk| Arc::new(chunk.to_vec())).collect();
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).filter_map(|_| recorded(&batches)).collect();
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((handed, written)) = rounds.get(rounds.len() / 2) {
        println!("recorder       {written:6.0} ns/event (median), of it {handed:.1} ns to hand it over");
    }
}
