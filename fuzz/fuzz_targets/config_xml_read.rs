//! See `metalsense_fuzz::config_xml_read`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| metalsense_fuzz::config_xml_read(data));
