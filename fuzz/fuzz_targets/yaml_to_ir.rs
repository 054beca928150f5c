//! Any text through the whole compiler.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| cogwork_fuzz::definition(text));
