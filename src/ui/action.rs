//! What may be wished for on the screen, and what the screen then wants done outside of it.
//!
//! Plain values: keys and mouse become an [`Action`], [`super::Ui::update`] turns it into a new state and into
//! [`Effect`]s, which the main loop carries out. Nothing here does anything.

use crate::signal::SignalSet;
use crate::ui::list::Step;

/// A wish: of a key, of the mouse, or of the main loop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Time has come to this (nanoseconds of `CLOCK_MONOTONIC`), and the model may have changed.
    Tick(u64),
    /// The screen has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The source has taken over these signals: from now on it sends only them.
    InForce(SignalSet),
    /// Something could not be done: why, in words. Shown until the next key.
    Refused(String),

    /// Moves the selection of the panel that has the keys, or of the popup.
    Move(Step),
    /// To the next panel.
    NextPanel,
    /// To the panel before.
    PreviousPanel,
    /// Stops the picture, or lets it go on.
    Pause,
    /// Shows the noise in the log, or hides it.
    Noise,
    /// Shows the children of the selected process, or hides them.
    Fold,
    /// Hides the children of the selected process; where there are none to hide, goes to its parent.
    FoldIn,
    /// Shows the children of the selected process; where they are shown, goes to the first.
    FoldOut,
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
    /// Checklist: what is checked shall hold.
    Apply,

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

/// What the main loop is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// End.
    Quit,
    /// Give the terminal back and stop, until continued.
    Suspend,
    /// Clear the terminal before the next picture.
    Redraw,
    /// Ask the source to send only these signals, then answer with [`Action::InForce`] or [`Action::Refused`].
    SetSignals(SignalSet),
}
