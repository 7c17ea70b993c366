//! Live: the traits behind which a cluster or a router is reached, and the targets that implement them.
//!
//! Reads into `observed` values and writes what it is told. Decides nothing: what differs and in which
//! order it is changed is `plan`'s business.
