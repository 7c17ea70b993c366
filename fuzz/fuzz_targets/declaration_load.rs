//! Any bytes: the declaration is read or refused with a place inside the text, and what can be
//! formatted stays as it is when it is formatted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use metalsense::declaration::{fmt, load};

fuzz_target!(|bytes: &[u8]| {
    let loaded = load([("fuzz.yaml".to_owned(), bytes.to_vec())]);
    for finding in &loaded.findings {
        if let Some(place) = finding.place {
            let (_, start, end) = loaded.sources.resolve(place).expect("a place in this text");
            assert!(start <= end);
        }
    }
    match fmt("fuzz.yaml", bytes.to_vec()) {
        Ok(once) => {
            let twice = fmt("fuzz.yaml", once.clone().into_bytes());
            assert_eq!(twice.ok().as_deref(), Some(once.as_str()), "formatting again changes it");
        }
        Err(refused) => assert!(refused.findings.iter().all(|f| f.rule != "format-failed"), "{refused:?}"),
    }
});
