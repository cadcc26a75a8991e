//! sigtop: `top` for signals.
//!
//! ```text
//!  bpf/ --ring buffer--> source/live ---+                                       +--> ui/     Action -> update -> Effect
//!           recording -> source/replay -+-- Event --[rules]-- Event --> model/ -+
//!                seed -> source/synth --+              |        |       (fold)  |
//!    serve's socket -> source/connect --+              |        +---------------+--> sink/   line, json
//!                                                      |        +--> app/record/  frames, files, parts
//!                                                      |        +--> app/serve/  many clients, each with a filter of its own
//!                                                      +--> alerts: the alert log, the webhook
//!  [rules], where some are given: app/rules/stage holds rules/ against each event, and puts alerts right behind it,
//!                      events of the same stream
//!  the one back-edge:  ui -- Effect::SetFilter --> app --> source::Control --> BPF maps (generation + 1)
//!                      ... seen in the stream as an event
//! ```
//!
//! | I want to change | open |
//! |---|---|
//! | which hooks we use, what a record holds | `bpf/sigtop.bpf.c`, `bpf/sigtop.h`, `source/live/decode.rs` and by what it tells of `source/live/decode/` |
//! | how failed sends, probes and failed execs are seen | `bpf/attempts.bpf.c`, `bpf/attempt.bpf.h`, `source/live/attempts.rs` |
//! | how opens, changed modes, moves and connections are seen | `bpf/access.bpf.c`, `bpf/deed.bpf.h`, `bpf/call.bpf.h`, `source/live/access.rs`; by which ways, and what is said of them: `source/live/access/ways.rs` |
//! | what the objects beside the main one share with it, how their programs are held | `source/live/lent.rs`, `source/live/attached.rs` |
//! | when the ring is read, who wakes whom / what is asked of the reader on the way | `source/live/reader.rs` / `source/live/reader/obey.rs` |
//! | which files and ports the kernel looks for | `bpf/watch.bpf.h`, `source/live/watches.rs`; what is at their paths: `source/live/looker.rs` |
//! | where a path leads that a caller wrote / what it is without a look at the file system | `source/live/written.rs` / `event/path.rs` |
//! | a path as the kernel has it | `bpf/path.bpf.h` |
//! | by which road a signal is said to have come | `bpf/origin.bpf.h` |
//! | how signals, deliveries and deaths are joined / what of it is remembered of a process | `source/live/link.rs` and its directory / `source/live/link/task.rs` |
//! | a kind of event / a word for how a signal comes / for what becomes of it | `event/kind.rs` / `event/origin.rs` / `event/fate.rs` |
//! | what a signal, a process's life, a stream itself says | `event/signal.rs`, `event/process.rs`, `event/stream.rs` |
//! | a field in JSON | `event/wire.rs`; how events become it and come back `event/wire/write.rs`, `event/wire/read.rs`; of opens, changed modes, moves and connections `event/wire/access.rs` |
//! | the words for how a file is opened | `event/flags.rs` |
//! | the text lines | `sink/line.rs` |
//! | what a filter means / its syntax / its keys | `filter/eval.rs` / `filter/parse.rs` / `filter/keys.rs` |
//! | the values of `mode:`, `addr:`, `port:` | `filter/access.rs` |
//! | what the kernel does of a filter | `filter/kernel.rs`, `source/live/filters.rs`, `bpf/filter.bpf.h` |
//! | what else is known of processes, what passes | `filter/census.rs`, `filter/judge.rs` |
//! | what is remembered of a process, a signal, a sender | `model/` |
//! | what a row of the log says / how it is packed | `model/row.rs` / `model/packed.rs`, `model/faces.rs` |
//! | a key, its help, its footer | `ui/keys/table.rs` (one row) and `ui/update.rs` (one arm) |
//! | the filter bar, the chooser, undo | `ui/narrow.rs`, their state in `ui/state/` |
//! | from a signal to its senders to its targets | `ui/drilling.rs`, `ui/state/drill.rs`, `model/targets.rs` |
//! | what Enter opens, a page of all that is known | `ui/open.rs`, `ui/view/page.rs` |
//! | why a process ended, in facts and in words | `model/why.rs`, `model/why/lines.rs`; that it had been asked: `model/why/asked.rs`, in words `model/why/because.rs`; what came before: `model/why/before.rs`; a reason of the kernel's: `model/why/roads.rs`; what was not seen: `model/why/gaps.rs` |
//! | what the OOM killer found | `bpf/oom.bpf.h`, `event/oom.rs` |
//! | the page of a process, what of /proc stands there | `ui/view/page/process.rs`, `app/facts.rs` |
//! | sending a signal, to whom and to nobody else | `ui/send.rs`, `app/send.rs`, `app/identity.rs` |
//! | the rows of the process tree / their order / its keys | `model/tree.rs` / `ui/state/tree_order.rs` / `ui/forest.rs` |
//! | what `/` finds | `ui/finding.rs`, `ui/state/find.rs` |
//! | jumps into the tree, marks in the log | `ui/jump.rs`, `ui/marking.rs` |
//! | what is copied or written to a file | `ui/taking.rs`; how: `app/clip.rs`, `app/export.rs` |
//! | a panel | `ui/view/`, its file; where it stands: `ui/layout.rs`, and other ways: `ui/layout/preset.rs` |
//! | zoom, layouts, themes by key; what outlives the dashboard | `ui/arrange.rs`, `ui/kept.rs` |
//! | a colour, a theme, a mark | `ui/theme/builtin.rs`, `ui/theme/glyphs.rs`; a role: `ui/theme.rs` (one row) |
//! | how a recording is read again, what is said of a damaged one | `source/replay.rs` and its directory |
//! | what is in a line of JSON; the quick way for signals and deliveries | `source/lines.rs`; `source/lines/hot.rs` |
//! | what a stream says first that begins in the middle | `sink/roster.rs` |
//! | what `sigtop record` says / where its files are, when another begins / where it must not go | `app/record/words.rs` / `app/record/place.rs` / `app/record/own.rs` |
//! | what becomes of a recording while the disk is full or slow | `app/record/writer.rs`, `app/record/recorder.rs`, `sink/gap.rs` |
//! | how events become frames, how a part of a recording begins | `sink/record.rs`, `sink/part.rs` |
//! | what `sigtop serve` does with its outputs, its signals, its service manager | `app/serve/mod.rs` |
//! | which client gets what / what waits for it / what it may ask for | `app/serve/hub.rs` / `app/serve/queue.rs` / `app/serve/request.rs` |
//! | what becomes of it where an output is too slow / how its events become lines | `app/serve/outlet.rs`, `sink/gap.rs` / `app/serve/lines.rs` |
//! | what a service manager is told / what the daemon says of itself | `app/serve/notify.rs` / `app/serve/log.rs`, `app/serve/tally.rs` |
//! | who may connect, what becomes of a stale socket | `app/serve/socket.rs` |
//! | how `--connect` reads a daemon's stream | `source/connect.rs` |
//! | whom `sigtop why` finds / how it waits / what it prints | `app/why/seek.rs` / `app/why/wait.rs` / `app/why/card.rs`, as JSON `app/why/data.rs` |
//! | what opens, changed modes, moves and connections say | `event/access.rs` |
//! | which of them are looked for, and when / what the kernel can look for | `filter/wanted.rs` / `filter/watch.rs` |
//! | which alerts are kept, what was folded into them / the rows of opens, modes, moves, connections, alerts | `model/alerts.rs` / `model/deeds.rs`, drawn by `ui/view/deed.rs` |
//! | the pane of alerts / its badge / the page of one / rules read again | `ui/state/alerts.rs`, `ui/view/alerts.rs` / there / `ui/view/page/alert.rs` / `ui/alerting.rs` |
//! | what a rule may say / which rules an event meets / how a rule counts and fires | `rules/read.rs`, `rules/rule.rs` / `rules/index.rs` / `rules/state.rs`, `rules/windows.rs` |
//! | what becomes of rules and alerts in a run | `app/rules/guard.rs`; between source and reader `app/rules/stage.rs` (its loop, the way back, and what waits for an answer: in its directory) and `app/rules/sentry.rs` (what passes, in which order) |
//! | files of rules, reload / the alert log / the queues and threads of what is slow | `app/rules/files.rs`, `app/rules/reload.rs` / `app/rules/alert_log.rs` / `app/rules/outlets.rs`, `app/rules/queue.rs` |
//! | the webhook: what is posted, its retries, its secrets | `sink/webhook.rs`, `app/rules/post.rs`, one request `app/rules/post/request.rs` with `sink/webhook/answer.rs`, `app/rules/secret.rs`; whom it trusts: `app/rules/trust.rs` |
//! | what a source without a kernel does with a filter | `source/narrow.rs` |
//! | where the dashboard's events come from and what time it is there | `app/feed.rs` |
//! | how a recording is played: pause, step, speed, there and back | `app/playback.rs`, `ui/playing.rs`; its line of time: `ui/view/time.rs` |
//! | a time as it is typed | `ui/moment.rs` |
//! | the synthetic history of `--demo` | `source/synth/`; what is told on request there: `source/synth/facts.rs` |
//! | a setting of config.toml, what is said of a wrong one | `config/read.rs` and `config/write.rs`; its file: `app/settings.rs` |
//! | an option of the command line | `cli.rs`, of one command `cli/modes.rs`, how its value is read `cli/values.rs`; and what it means: `plan.rs`, as a filter `plan/filter.rs`, on the screen `plan/screen.rs` |
//! | what `sigtop doctor` tries and says | `app/doctor.rs` |
//! | an error text | `error.rs` |
//! | what is said on standard error on the way, escaped | `app/problems.rs` |
//! | why a file cannot be written, in words; whose it is under sudo | `app/files.rs` |

// They panic where they cannot write: app::problems::print says, Write tells.
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::print_stdout))]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod escape;
pub mod event;
pub mod filter;
pub mod model;
pub mod plan;
pub mod rules;
pub mod signal;
pub mod sink;
pub mod source;
pub mod ui;
