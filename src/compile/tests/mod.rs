//! Compiling by hand-made intents: what the reference says each side wants.

mod fixture;
mod objects;
mod pfsense;
mod routers;
mod texts;
