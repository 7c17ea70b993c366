//! Interface blocks: OSPF, OSPF6 and RIP write into one block per device.

use std::collections::HashMap;

use super::lines::{Lines, line, put};

/// The protocols that describe an interface, in the order of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Ospf,
    Ospf6,
    Rip,
}

impl Protocol {
    const ALL: [Protocol; 3] = [Protocol::Ospf, Protocol::Ospf6, Protocol::Rip];

    fn daemon(self) -> &'static str {
        match self {
            Protocol::Ospf => "ospfd",
            Protocol::Ospf6 => "ospf6d",
            Protocol::Rip => "ripd",
        }
    }
}

/// Devices in the order first met.
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    places: HashMap<String, usize>,
    blocks: Vec<Block>,
}

/// The lines of one device.
#[derive(Debug, Default)]
pub(super) struct Block {
    device: String,
    descriptions: [Option<String>; 3],
    pub(super) lines: Lines,
}

impl Block {
    /// Sets a protocol's part of the description; an empty one leaves an earlier one in place.
    pub(super) fn describe(&mut self, protocol: Protocol, description: Option<&str>) {
        if let (Some(slot), Some(description)) = (self.descriptions.get_mut(protocol as usize), description) {
            *slot = Some(description.to_owned());
        }
    }
}

impl Interfaces {
    /// The block of a device.
    pub(super) fn block(&mut self, device: &str) -> &mut Block {
        let next = self.blocks.len();
        let place = *self.places.entry(device.to_owned()).or_insert(next);
        if place == next {
            self.blocks.push(Block { device: device.to_owned(), ..Block::default() });
        }
        &mut self.blocks[place]
    }

    /// All blocks as text.
    pub(super) fn into_lines(self) -> Lines {
        let mut out = Lines::default();
        for block in self.blocks {
            line!(out, "interface {}", block.device);
            let parts: Vec<String> = Protocol::ALL
                .into_iter()
                .zip(&block.descriptions)
                .filter_map(|(protocol, text)| Some(format!("{}: {}", protocol.daemon(), text.as_ref()?)))
                .collect();
            if !parts.is_empty() {
                put!(out, " description \"{}\"", parts.join(" - "));
                out.end();
            }
            out.append(&block.lines);
        }
        out
    }
}
