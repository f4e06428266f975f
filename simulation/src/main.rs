//! The simulation at length; see `scripts/simulate.sh`.

use ergon_simulation::{
	measure::{self, Verification},
	world::Scale,
	Dice, World,
};

const USAGE: &str = "\
ergon-simulation run [SEED [OPERATIONS]]      random operations, everything checked after each block (1, 1000000)
ergon-simulation measure [SEED [SHARDS]]      wrong results accepted, beside theory, SHARDS for each line (1, 20000)
ergon-simulation adaptive [SEED [SHARDS]]     the same, only where providers may work alone";

fn main() {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let number = |place: usize, default: u64| match arguments.get(place).map(|text| text.parse()) {
		None => default,
		Some(Ok(number)) => number,
		Some(Err(_)) => fail(),
	};
	match arguments.first().map(String::as_str) {
		Some("run") => run(number(1, 1), number(2, 1_000_000)),
		Some("measure") => table(&Verification::ALL, number(1, 1), number(2, 20_000)),
		Some("adaptive") => table(&[Verification::Adaptive], number(1, 1), number(2, 20_000)),
		_ => fail(),
	}
}

fn table(cases: &[Verification], seed: u64, shards: u64) {
	measure::table(cases, shards.try_into().unwrap_or(u32::MAX), seed);
}

fn fail() -> ! {
	eprintln!("{USAGE}");
	std::process::exit(2)
}

fn run(seed: u64, operations: u64) {
	println!("seed {seed}, {operations} operations");
	let mut world = World::new(Dice::Seeded(seed), &Scale::default());
	while world.operations < operations {
		world.step();
	}
	let blocks = world.chain.number();
	world.drain();
	world.finish();
	world.ledger.check_that_lies_do_not_pay();
	let [done, failed, refused] = world.fates;
	println!(
		"{} operations in {blocks} blocks: {done} done, {failed} failed, {refused} refused",
		world.operations
	);
	println!("{}", world.ledger);
}
