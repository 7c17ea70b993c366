//! Plan: the difference between desired and observed, as data.
//!
//! Pure. Says what would change, on which side, whose it is and what it does to sessions; changes nothing.
