//! Runs `exercise::certificates` on what the fuzzer thinks of.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../exercise.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod exercise;

fuzz_target!(|bytes: &[u8]| exercise::certificates(bytes));
