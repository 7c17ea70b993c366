//! The cluster half against a real API server.

mod apply;
mod faults;
mod lab;
mod network;
mod proxy;
mod read;
mod roles;
mod story;
