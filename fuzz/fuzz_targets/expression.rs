//! Any text as an expression: parsed, printed and parsed again.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| cogwork_fuzz::expression(text));
