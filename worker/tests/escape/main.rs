//! The escape suite: what code could do that had taken a child over.
//!
//! Each attempt runs in a process that has confined itself by the very function that the worker's children use. To show
//! that an attempt can succeed at all, each runs unconfined first. An attempt that is confined must end in death, or in
//! an error of the kernel's; and the file system and TCP must be out of reach by landlock alone as well.
//!
//! This is a test without the standard harness, because it is at the same time the program that its children run.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

#[cfg(target_os = "linux")]
mod attempts;
#[cfg(target_os = "linux")]
mod suite;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
	let words: Vec<String> = std::env::args().collect();
	match words.get(1).map(String::as_str) {
		Some("attempt") => suite::attempt(&words[2..]),
		_ => suite::run(),
	}
}

#[cfg(not(target_os = "linux"))]
fn main() {}
