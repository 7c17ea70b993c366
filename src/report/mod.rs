//! Report: the sinks for findings and plans.
//!
//! Turns data into text for people and machines. Decides nothing; where the text goes is the business of `cli`.
