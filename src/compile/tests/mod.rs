//! Compiling by hand-made intents: what the reference says each side wants.

mod fixture;
mod objects;
mod routers;
