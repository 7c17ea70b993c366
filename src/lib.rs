//! metalsense: one declarative file for both ends of every BGP session between MetalLB and its routers.
//!
//! The pipe, left to right; imports run one way only (ARCHITECTURE.md has the map):
//!
//! | stage | rooms |
//! | --- | --- |
//! | read | [`declaration`] (text → types with places), [`intent`] (names resolved, addresses typed) |
//! | model | [`metallb`], [`pfsense`], [`frr`]: what each side holds, and how it judges |
//! | compile | [`compile`]: intent → desired objects and router configurations |
//! | compare | [`observed`] and [`live`] (what is there), [`plan`] (the difference), [`apply`] (carry it out) |
//! | tell | [`finding`] (coded messages), [`check`] (rules), [`report`] (sinks), [`cli`] (verbs) |

pub mod apply;
pub mod check;
pub mod cli;
pub mod compile;
pub mod declaration;
pub mod finding;
pub mod frr;
pub mod intent;
pub mod live;
pub mod metallb;
pub mod observed;
pub mod pfsense;
pub mod plan;
pub mod report;
pub mod templates;
