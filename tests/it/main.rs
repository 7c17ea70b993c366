//! All integration tests in one binary: every further one would link everything again.

#[cfg(test)]
mod cli_apply;
#[cfg(test)]
mod cli_check;
#[cfg(test)]
mod cli_check_live;
#[cfg(test)]
mod cli_compile;
#[cfg(test)]
mod cli_conventions;
#[cfg(test)]
mod cli_diff;
#[cfg(test)]
mod cli_explain;
#[cfg(test)]
mod cli_fmt;
#[cfg(test)]
mod cli_judge;
#[cfg(test)]
mod cli_pfsense;
#[cfg(test)]
mod cli_reference;
#[cfg(test)]
mod declaration;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod frr_examples;
#[cfg(test)]
mod frr_judge;
#[cfg(test)]
mod frr_lab;
#[cfg(test)]
mod frr_sessions;
#[cfg(test)]
mod frr_speaker;
#[cfg(test)]
mod kube;
#[cfg(test)]
mod live_properties;
#[cfg(test)]
mod pfsense_frr;
#[cfg(test)]
mod pfsense_https;
#[cfg(test)]
mod pfsense_live;
#[cfg(test)]
mod pfsense_races;
#[cfg(test)]
mod pfsense_ssh;
#[cfg(test)]
mod pfsense_twin;
#[cfg(test)]
mod pfsense_xml;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod rooms;
#[cfg(test)]
mod tool;
