//! What is asked of the program on the firewall, and what it answers.
//!
//! The same on every way there: base64 of JSON in, base64 of JSON out. Nothing here talks to anybody.
//! Texts that may be long are compressed inside of the answer.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};

use crate::pfsense::Value;

/// The version of requests and answers; the program refuses any other.
pub const PROTOCOL: u32 = 1;

/// Larger than any configuration; what unpacks to more is refused before it fills the memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// The whole configuration, and what only the running firewall knows.
    Read,
    /// The digest, who saved last, and what FRR makes of its file. Waits for an apply of ours that is
    /// under way.
    Verify {
        /// What FRR is asked besides, by the names that the program knows.
        show: Vec<&'static str>,
    },
    /// Compare and set.
    Apply(Apply),
}

/// A compare-and-set. `Debug` shows no sections: they hold passwords.
#[derive(Clone, Serialize)]
pub struct Apply {
    /// The digest that the change was made against.
    pub expect: String,
    /// The digest that must come out.
    pub want: String,
    /// Sections with their new values; those that are not there yet come last, in this order.
    pub set: Vec<(String, Value)>,
    /// Sections to delete.
    pub del: Vec<String>,
    /// For the firewall's configuration history.
    pub message: String,
    /// Second of the firewall's clock after which nothing may be begun any more. It makes a request
    /// that got lost on its way harmless: later than that it cannot be carried out.
    pub not_after: i64,
}

impl fmt::Debug for Apply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apply")
            .field("expect", &self.expect)
            .field("want", &self.want)
            .field("set", &self.set.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("del", &self.del)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// As the program takes it.
    pub fn encode(&self) -> String {
        #[derive(Serialize)]
        struct Numbered<'a> {
            protocol: u32,
            #[serde(flatten)]
            request: &'a Request,
        }
        // Texts and lists of texts always have a JSON form.
        let json = serde_json::to_vec(&Numbered { protocol: PROTOCOL, request: self }).unwrap_or_default();
        STANDARD.encode(json)
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A read.
    Read,
    /// A verify.
    Verified,
    /// Saved and read back.
    Written,
    /// It was like that already.
    Noop,
    /// The sections are not as they were expected; nothing was saved.
    Conflict,
    /// Not saved, because it would not have come back as it is.
    Refused,
    /// It came too late; nothing was done.
    Expired,
    /// Tried, and what was there before is there again.
    RolledBack,
    /// Tried, and what was there before could not be put back.
    Inconsistent,
    /// The user may not.
    Denied,
    /// Something else went wrong. Whether before or after saving is for a verify to find out.
    Failed,
    /// The program is of another version.
    #[serde(rename = "unknown-protocol")]
    UnknownProtocol,
}

/// Who saved last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Revision {
    /// Seconds since 1970, by the firewall's clock.
    pub time: i64,
    /// As the firewall names them, with their address.
    pub username: String,
    /// What they said.
    pub description: String,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.username, self.description)
    }
}

/// A text that was packed for the way. `Debug` shows its size only.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Packed(pub Vec<u8>);

impl TryFrom<String> for Packed {
    type Error = &'static str;

    fn try_from(packed: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(packed).map_err(|_| "no base64")?;
        let mut text = Vec::new();
        let read = GzDecoder::new(bytes.as_slice()).take(MAX_BYTES + 1).read_to_end(&mut text);
        match read {
            Err(_) => Err("no gzip"),
            Ok(size) if size as u64 > MAX_BYTES => Err("larger than 64 MiB"),
            Ok(_) => Ok(Packed(text)),
        }
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} bytes)", self.0.len())
    }
}

impl Packed {
    /// As text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// What a program on the firewall said.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// Its exit status; 0 is good.
    pub status: i32,
    /// Both of its outputs.
    pub text: Packed,
}

/// FRR on the firewall.
#[derive(Clone, Debug, Deserialize)]
pub struct FrrAnswer {
    /// The package is there.
    pub installed: bool,
    /// The frr.conf that the package wrote last.
    pub conf: Option<Packed>,
    /// When it wrote that, by the firewall's clock.
    #[serde(default)]
    pub made: i64,
    /// What `vtysh -C` says about it: whether FRR can parse every line.
    pub check: Option<Said>,
    /// The package's file of daemons to start.
    #[serde(default)]
    pub rc_conf: String,
    /// Daemons that run.
    #[serde(default)]
    pub running: Vec<String>,
}

/// An answer. Which fields are there depends on the request and its outcome.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in the program's words.
    #[serde(default)]
    pub reason: String,
    /// The version the program speaks.
    pub protocol: u32,
    /// The firewall's clock.
    pub now: i64,
    /// What PHP printed on the way; warnings, usually nothing.
    #[serde(default)]
    pub echoed: String,
    /// The digest of the FRR sections now.
    pub digest: Option<String>,
    /// Who saved last.
    pub revision: Option<Revision>,
    /// config.xml.
    pub file: Option<Packed>,
    /// Name of the product.
    #[serde(default)]
    pub product: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// State of each CARP address by its unique id: `MASTER`, `BACKUP`, `INIT`, or empty.
    #[serde(default)]
    pub carp: BTreeMap<String, String>,
    /// The other member of a pair, if this one sends its configuration there.
    #[serde(default)]
    pub synchronizes_to: String,
    /// FRR.
    pub frr: Option<FrrAnswer>,
    /// What FRR answered, by the names that were asked for.
    #[serde(default)]
    pub shown: BTreeMap<String, Said>,
    /// After a write: FRR's files were made again.
    #[serde(default)]
    pub activated: bool,
    /// Why not.
    #[serde(default)]
    pub activation: String,
}

impl Answer {
    /// Reads what the program gave.
    ///
    /// # Errors
    /// What is no answer, as a reason.
    pub fn decode(text: &str) -> Result<Answer, String> {
        let json = STANDARD.decode(text.trim()).map_err(|_| "the answer is no base64".to_owned())?;
        serde_json::from_slice(&json).map_err(|error| format!("the answer makes no sense: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_its_version_and_what_to_do() {
        let apply = Apply {
            expect: "a".into(),
            want: "b".into(),
            set: vec![("frr".into(), Value::branch([("config", Value::List(vec![]))]))],
            del: vec!["frrbfd".into()],
            message: "metalsense: apply lab".into(),
            not_after: 7,
        };
        let json = STANDARD.decode(Request::Apply(apply).encode()).expect("base64");
        assert_eq!(
            String::from_utf8(json).expect("text"),
            r#"{"protocol":1,"do":"apply","expect":"a","want":"b","set":[["frr",{"config":[]}]],"del":["frrbfd"],"message":"metalsense: apply lab","not_after":7}"#
        );
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_refused() {
        for text in ["", "!", "bm90aGluZw==", "e30="] {
            assert!(Answer::decode(text).is_err(), "{text}");
        }
        assert!(Packed::try_from("bm90IGd6aXA=".to_owned()).is_err());
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let piece = vec![0; 1024 * 1024];
        for _ in 0..=MAX_BYTES / (1024 * 1024) {
            packer.write_all(&piece).expect("into memory");
        }
        let packed = STANDARD.encode(packer.finish().expect("into memory"));
        assert_eq!(Packed::try_from(packed), Err("larger than 64 MiB"));
    }
}
