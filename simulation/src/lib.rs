//! The market under strain: the real runtime, its real hooks and checks, and a crowd that does with it what it likes.
//!
//! [`world::World`] makes block after block. In each, providers do (or leave) their duties by their [`machine::Behaviour`],
//! and change their asks, bonds, keys, operators and minds ([`duties`], [`life`]); clients order all kinds of jobs
//! ([`client`], [`orders`]); outsiders try what is not theirs ([`outsiders`]). After each block every invariant is checked
//! ([`checks`]) and the [`ledger`] attributes each payment and each fine to what the provider really did. [`measure`] counts
//! how often Sybils get a wrong result accepted. All chance comes from one seed ([`dice`]).

// What goes wrong here ends a test: it should be seen at once.
#![allow(clippy::unwrap_used)]

pub mod chain;
pub mod checks;
pub mod client;
pub mod dice;
pub mod duties;
pub mod ledger;
pub mod life;
pub mod machine;
pub mod measure;
pub mod orders;
pub mod outsiders;
pub mod truth;
pub mod world;

pub use dice::Dice;
pub use world::World;

/// Lets a fuzzer's bytes decide everything that a small crowd does, until they are used up; then lets all of it come to its end.
/// Panics if anything is wrong.
pub fn fuzz(bytes: &[u8]) {
	let mut world = World::new(Dice::Bytes(bytes.to_vec(), 0), &world::Scale::small());
	while !world.dice.is_spent() {
		world.step();
	}
	world.drain();
	world.finish();
}
