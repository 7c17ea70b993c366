//! A live pfSense.
//!
//! One small PHP program does the work on the firewall; it is sent along with every request and answers
//! one of three: read, verify, apply. Ways to it differ only in how it gets there.
//!
//! | file | for |
//! | --- | --- |
//! | [`protocol`] | requests and answers |
//! | [`program`] | the program, in the form that each way wants it in |
//! | [`channel`] | a way to the firewall, as a trait |
//! | [`router`] | reading and writing over any way |
//! | `taken` | whether FRR has taken what was written |
//! | [`https`], [`tls`], [`xmlrpc`] | through its web server |
//! | [`ssh`] | through the system's ssh |

pub mod channel;
pub mod https;
pub mod program;
pub mod protocol;
pub mod router;
pub mod ssh;
mod taken;
pub mod tls;
pub mod xmlrpc;

pub use channel::{CallError, Channel};
pub use https::{Address, Https, shown_certificate};
pub use router::{FormerSections, Patience, PfsenseRouter};
pub use ssh::{Ssh, authorized_key};
pub use tls::{Fingerprint, Trust};
