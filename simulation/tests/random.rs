//! A hundred thousand random operations, everything checked after each block. `SEED` and `OPERATIONS` say other numbers; a
//! failure prints the seed and the last operations. `scripts/simulate.sh` does it at length.

// A failing test may panic.
#![allow(clippy::unwrap_used)]

use ergon_simulation::{world::Scale, Dice, World};

fn number(name: &str, default: u64) -> u64 {
	std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_market_should_hold_whatever_anybody_does() {
	let seed = number("SEED", 4);
	let operations = number("OPERATIONS", 100_000);
	println!("seed {seed}, {operations} operations");
	let mut world = World::new(Dice::Seeded(seed), &Scale::default());
	while world.operations < operations {
		world.step();
	}
	let blocks = world.chain.number();
	world.drain();
	world.finish();
	world.ledger.check_that_lies_do_not_pay();
	println!("{} operations in {blocks} blocks; done, failed, refused: {:?}", world.operations, world.fates);
	println!("{}", world.ledger);
}
