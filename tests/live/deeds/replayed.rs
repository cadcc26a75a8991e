//! The same alerts live and replayed.
