//! See `metalsense_fuzz::config_xml_splice`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| metalsense_fuzz::config_xml_splice(data));
