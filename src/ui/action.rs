//! What may be wished for on the screen, and what the screen then wants done outside of it.
//!
//! Plain values: keys and mouse become an [`Action`], [`super::Ui::update`] turns it into a new state and into
//! [`Effect`]s, which the main loop carries out. Nothing here does anything.

use crate::event::{Event, ProcKey};
use crate::filter::{Filter, Placement};
use crate::signal::Signal;
use crate::ui::facts::Looked;
use crate::ui::head::{Head, Play};
use crate::ui::layout::Panel;
use crate::ui::list::Step;
use crate::ui::state::filters::Which;
use crate::ui::state::sort::Turn;
use tui_input::InputRequest;

/// A wish: of a key, of the mouse, or of the main loop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Time has come to this (nanoseconds of `CLOCK_MONOTONIC`), and the model may have changed.
    Tick(u64),
    /// It is this late (as in [`Action::Tick`]), also where the picture stands still: told before a click, so that two in
    /// quick succession are known.
    Clock(u64),
    /// The screen has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The source obeys this filter: which of its terms are decided where.
    InForce(Filter, Placement),
    /// The source does not take the filter that it was asked to obey: why, in words.
    Refused(String),
    /// What was read of this process.
    Looked(ProcKey, Looked),
    /// This signal was sent to this process; or why not, in words.
    Sent(ProcKey, Signal, Result<(), String>),
    /// The play head of the recording is there, and does that.
    Head(Head),
    /// It stands where it was to go, and the model is of that moment: all of it is to be shown, not only what is due.
    Arrived,
    /// The recording was read anew up to where the head stands: the model is another one.
    Rewound {
        /// Its rows have the numbers that they had before.
        same_rows: bool,
    },
    /// It stands at the death of this process.
    Died(ProcKey),
    /// The stream has ended, at this time of its own: nothing will come any more.
    Ended(u64),
    /// Something is to be said. Shown until the next key.
    Say(String),
    /// What was asked for is done, in words. Shown until the next key.
    Done(String),
    /// The rows could not be written: why, in words.
    NotWritten(String),
    /// The rules were read again: what holds now; or why those of before do, every mistake with its place.
    Reloaded(Result<String, String>),

    /// To the alerts; from there, back to the panel before.
    Alerts,
    /// Has the rules read again.
    ReloadRules,
    /// Moves the selection of the panel that has the keys, or of the popup.
    Move(Step),
    /// To the next panel.
    NextPanel,
    /// To the panel before.
    PreviousPanel,
    /// To this panel. In the table of keys: the first key is for the first panel, and so on.
    Panel(Panel),
    /// The panel that has the keys takes the whole middle, or gives it back.
    Zoom,
    /// One step back: out of what hides a part of the main screen.
    Back,
    /// Divides the screen the next way, or the way before.
    Preset {
        /// The next.
        forward: bool,
    },
    /// Paints everything in the next theme.
    Theme,
    /// Sorts the panel that has the keys by another column, or the other way round.
    Sort(Turn),
    /// Stops the picture, or lets it go on.
    Pause,
    /// Something of the play head of a recording.
    Play(Play),
    /// Asks for the time to go to.
    AskTime,
    /// Shows the noise in the log, or hides it.
    Noise,
    /// Opens what is selected: all that is known of it; of what is counted, what it is made of.
    Open,
    /// From the selected signal to its sender in the tree; from an alert to whose deed it was.
    ToSender,
    /// From the selected signal to its target in the tree.
    ToTarget,
    /// From the selected alert to its row in the log.
    ToRow,
    /// Back to where such a jump began.
    JumpBack,
    /// Marks the selected row of the log, or takes its mark away.
    Mark,
    /// To the next marked row of the log, or to the one before.
    ToMark {
        /// The next.
        forward: bool,
    },
    /// Copies what is selected, or the page that is open, to the terminal's clipboard.
    Copy {
        /// As one JSON object.
        json: bool,
    },
    /// Asks for the file to write to what the log shows.
    Write,
    /// Counters: one step back, from targets to their sender, from senders to their signal.
    StepOut,
    /// Hides the children of the selected process; where there are none to hide, goes to its parent.
    FoldIn,
    /// Shows the children of the selected process; where they are shown, goes to the first.
    FoldOut,
    /// Folds every process; unfolds all if one is folded.
    FoldAll,
    /// Shows another number of levels of every process.
    Level {
        /// One more; else one less.
        more: bool,
    },
    /// Shows the processes as one list, or as a tree.
    Flat,
    /// Asks for what to find in the panel that has the keys.
    Find,
    /// Follows the selected process, or no longer.
    Follow,
    /// Shows the threads of the selected process, or hides them.
    ShowThreads,
    /// Opens the checklist of signals.
    Checklist,
    /// Opens the list of keys.
    Help,
    /// Closes what is open.
    Close,

    /// Checklist: one column to the left.
    Left,
    /// Checklist: one column to the right.
    Right,
    /// Checklist: this signal on or off.
    Check,
    /// Checklist: all on.
    CheckAll,
    /// Checklist: all off.
    CheckNone,
    /// Checklist: on becomes off, off becomes on.
    CheckInvert,
    /// What was checked, chosen or typed shall hold.
    Apply,

    /// Opens the bar with this filter.
    Bar(Which),
    /// Opens the chooser for the selected row: to show only what is chosen, or all else.
    Chooser {
        /// All else.
        is_not: bool,
    },
    /// Chooser: to the other filter.
    Other,
    /// Opens the list of signals to send to what is selected.
    Send,
    /// Undoes the last change of a filter.
    Undo,
    /// Does it again.
    Redo,
    /// A letter where letters are text, or numbers of rows. In the table of keys: any.
    Letter(char),
    /// Bar: moves the cursor or deletes.
    Edit(InputRequest),
    /// Bar: chooses the next of what could stand there, or the one before.
    Complete {
        /// The next.
        forward: bool,
    },

    /// The mouse was pressed on this cell.
    Click {
        /// Column, from 0.
        column: u16,
        /// Row, from 0.
        row: u16,
    },
    /// The mouse wheel was turned over this cell.
    Wheel {
        /// Column, from 0.
        column: u16,
        /// Row, from 0.
        row: u16,
        /// Towards the user.
        down: bool,
    },
    /// Draws everything anew.
    Redraw,
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Ends sigtop.
    Quit,
}

impl Action {
    /// Whether it is about the selected row: in a log that follows, about the newest one.
    pub const fn is_about_a_row(&self) -> bool {
        use Action::{Chooser, Copy, Mark, Open, Send, ToSender, ToTarget};
        matches!(self, Open | ToSender | ToTarget | Mark | Copy { .. } | Chooser { .. } | Send)
    }

    /// Whether it comes of a key or the mouse.
    pub const fn is_from_user(&self) -> bool {
        use Action::Tick;
        use Action::{
            Arrived, Clock, Died, Done, Ended, Head, InForce, Looked, NotWritten, Refused, Reloaded, Resize, Rewound,
            Say, Sent,
        };
        !matches!(
            self,
            Tick(_)
                | Clock(_)
                | Resize { .. }
                | InForce(..)
                | Refused(_)
                | Looked(..)
                | Sent(..)
                | Head(_)
                | Arrived
                | Rewound { .. }
                | Died(_)
                | Ended(_)
                | Say(_)
                | Done(_)
                | NotWritten(_)
                | Reloaded(_)
        )
    }
}

/// What the main loop is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// End.
    Quit,
    /// Give the terminal back and stop, until continued.
    Suspend,
    /// Clear the terminal before the next picture.
    Redraw,
    /// Ask the source to obey this filter, then answer with [`Action::InForce`] or [`Action::Refused`], in the order in
    /// which was asked.
    SetFilter(Filter),
    /// Send this signal to this process, if its pid still is its own, then answer with [`Action::Sent`].
    Send {
        /// Whom to.
        key: ProcKey,
        /// Which.
        signal: Signal,
    },
    /// Read what /proc tells of this process, then answer with [`Action::Looked`].
    Look {
        /// Which.
        key: ProcKey,
        /// Its threads too.
        threads: bool,
    },
    /// Have the rules read again, then answer with [`Action::Reloaded`].
    ReloadRules,
    /// Do this with the play head of the recording, then tell where it is with [`Action::Head`].
    Play(Play),
    /// Put this into the terminal's clipboard, then answer with [`Action::Done`] or [`Action::Say`].
    Copy(Copied),
    /// Write these rows of the log to a new file, then answer with [`Action::Done`] or [`Action::NotWritten`].
    Write(Export),
}

/// What is copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Copied {
    /// This text.
    Text(String),
    /// These events, each as `sigtop log` prints it.
    Events {
        /// In order of time.
        events: Vec<Event>,
        /// As JSON.
        json: bool,
    },
}

/// What is written, and where to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export {
    /// The file, as it was typed. There must be none of this name.
    pub path: String,
    /// As JSON Lines, else as text.
    pub json: bool,
    /// The sequence numbers of the rows, rising.
    pub rows: Vec<u64>,
}
