use super::*;
use crate::{
	duty::{Account, Account32},
	journal::Entry,
};
use ergon_primitives::{
	attestation::{Replica, ShardAttestation, Terms},
	BlobId, Claim, Fuel, Input, JobId, JobSpec, Limits, Policy, Price, Requirements, ShardIndex, ShardKey,
};
use proptest::prelude::*;

const GENESIS: [u8; 32] = [1; 32];
const ME: Account32 = [2; 32];
const SALT: [u8; 32] = [3; 32];
const CLAIM: Claim = Claim::Unavailable;

fn duty(job: u64, phase: Phase, state: ReplicaState) -> Duty {
	let blob = BlobId::of(b"blob");
	let replica = |provider: Account32, state| Replica {
		provider: Account::from(provider),
		ask: Price(1),
		lock: 1,
		state,
	};
	Duty {
		key: ShardKey { job: JobId(job), shard: ShardIndex(0) },
		attestation: ShardAttestation {
			terms: Terms {
				quorum: 2,
				max_replicas: 4,
				commit_window: 20,
				reveal_window: 10,
				fuel_limit: Fuel(100),
				value: 1,
			},
			phase,
			trust: 0,
			replicas: vec![replica([9; 32], ReplicaState::Assigned), replica(ME, state)].try_into().unwrap(),
		},
		spec: JobSpec {
			program: blob,
			input: Input::Single(blob),
			tasks: 1,
			shard_size: 1,
			limits: Limits { fuel: Fuel(100), memory: 1 << 20, output: 1 },
			args: Default::default(),
			policy: Policy { quorum: 2, max_replicas: 4, adaptive: false },
			max_price: Price(1),
			deadline: 1000,
			requirements: Requirements { profile: 1, min_speed: 1, region: None },
			tip: 0,
			known: Default::default(),
			hints: Default::default(),
		},
		submitted_time: 0,
		provider: Account::from(ME),
	}
}

fn entry(stage: Stage) -> Entry {
	Entry { claim: CLAIM, salt: SALT, stage, stored: true, seen: 0 }
}

fn committing(until: BlockNumber) -> Phase {
	Phase::Committing { until }
}

fn revealing(until: BlockNumber) -> Phase {
	Phase::Revealing { until }
}

#[derive(Default)]
struct Case {
	now: BlockNumber,
	duties: Vec<Duty>,
	entries: Entries,
	released: BTreeSet<DutyId>,
	work: BTreeMap<DutyId, Work>,
	draining: bool,
}

impl Case {
	fn of(now: BlockNumber, duty: Duty) -> Self {
		Self { now, duties: vec![duty], ..Self::default() }
	}

	fn id(&self) -> DutyId {
		DutyId::of(&self.duties[0])
	}

	fn promised(mut self, stage: Stage) -> Self {
		self.entries.insert(self.id(), entry(stage));
		self
	}

	fn doing(mut self, work: Work) -> Self {
		self.work.insert(self.id(), work);
		self
	}

	fn plan(&self) -> Plan {
		plan(&View {
			genesis: &GENESIS,
			now: self.now,
			duties: &self.duties,
			entries: &self.entries,
			released: &self.released,
			work: &self.work,
			slots: 2,
			draining: self.draining,
		})
	}

	fn commitment(&self) -> [u8; 32] {
		self.id().commitment(&GENESIS, &CLAIM, &SALT)
	}
}

#[test]
fn an_assigned_shard_should_be_started_unless_it_is_late_or_being_dealt_with() {
	let case = || Case::of(10, duty(1, committing(11), ReplicaState::Assigned));
	assert_eq!(case().plan().start, [0]);
	assert_eq!(case().doing(Work::Running).plan(), Plan::default());
	assert_eq!(case().doing(Work::Stopping).plan(), Plan::default());
	assert_eq!(case().doing(Work::Abstained).plan(), Plan::default());
	let draining = Case { draining: true, ..case() };
	assert_eq!(draining.plan(), Plan::default());
	let late = Case { now: 11, ..case() };
	assert!(late.plan().start.is_empty());
	assert_eq!(late.plan().alarms, [(late.id(), Alarm::TooLateToCommit)]);
	let late_and_running = late.doing(Work::Running);
	assert_eq!(late_and_running.plan().stop, [late_and_running.id()]);
}

#[test]
fn the_most_urgent_shards_should_be_started_first_and_no_more_than_slots() {
	let duties = [(1, 30), (2, 20), (3, 40)]
		.map(|(job, until)| duty(job, committing(until), ReplicaState::Assigned))
		.to_vec();
	let case = Case { now: 10, duties, ..Case::default() };
	assert_eq!(case.plan().start, [1, 0]);
	let one = case.doing(Work::Stopping);
	assert_eq!(one.plan().start, [1], "a slot is free only when its thread is");
}

#[test]
fn a_computed_result_should_be_committed_also_after_a_restart_and_a_reorganisation() {
	for stage in [Stage::Computed, Stage::Committed, Stage::Revealed] {
		let case = Case::of(10, duty(1, committing(20), ReplicaState::Assigned)).promised(stage);
		let plan = case.plan();
		assert_eq!(plan.commits, [Due { id: case.id(), until: 20, what: case.commitment() }]);
		assert_eq!((plan.start.len(), plan.open), (0, 1));
		assert_eq!(plan.advanced.is_empty(), stage == Stage::Computed);
	}
}

#[test]
fn a_commitment_should_be_opened_only_while_revealing_lasts() {
	let of = |phase, now| {
		let mut case = Case::of(now, duty(1, phase, ReplicaState::Assigned)).promised(Stage::Computed);
		let state = ReplicaState::Committed(case.commitment());
		case.duties = vec![duty(1, phase, state)];
		case
	};
	let due = of(revealing(20), 19);
	let reveal = Reveal { key: due.id().key, claim: CLAIM, salt: SALT };
	assert_eq!(due.plan().reveals, [Due { id: due.id(), until: 20, what: reveal }]);
	assert_eq!(due.plan().advanced, [(due.id(), Stage::Committed)]);
	assert_eq!(of(revealing(20), 20).plan().reveals, []);
	for phase in [committing(20), Phase::Waiting { missing: 1 }, Phase::Deciding] {
		let plan = of(phase, 10).plan();
		assert_eq!((plan.reveals.len(), plan.open), (0, 1));
	}
}

#[test]
fn a_commitment_that_the_journal_cannot_open_should_alarm_and_nothing_else() {
	let lost = Case::of(10, duty(1, revealing(20), ReplicaState::Committed([7; 32])));
	assert_eq!(lost.plan(), Plan { alarms: vec![(lost.id(), Alarm::Unknown)], ..Plan::default() });
	let other = lost.promised(Stage::Committed);
	assert_eq!(other.plan(), Plan { alarms: vec![(other.id(), Alarm::Mismatch)], ..Plan::default() });
}

#[test]
fn a_revealed_result_should_be_kept_until_it_is_released() {
	let mut case = Case::of(10, duty(1, committing(20), ReplicaState::Assigned)).promised(Stage::Revealed);
	let id = case.id();
	case.entries.get_mut(&id).unwrap().claim =
		Claim::Computed { root: [1; 32], fuel: Fuel(1), outcomes: BlobId::of(b"list") };
	case.duties.clear();
	case.now = 100 * KEEP;
	assert_eq!(case.plan().prune, []);
	case.released.insert(id);
	assert_eq!(case.plan().prune, [id]);
	case.now = KEEP;
	assert_eq!(case.plan().prune, [], "a reorganisation may bring the duty back");
}

#[test]
fn an_entry_should_be_kept_through_reorganisations_and_then_forgotten() {
	let mut case = Case::of(10, duty(1, committing(20), ReplicaState::Assigned)).promised(Stage::Computed);
	let id = case.id();
	case.duties.clear();
	for (now, pruned) in [(0, 0), (KEEP, 0), (KEEP + 1, 1)] {
		case.now = now;
		assert_eq!(case.plan().prune.len(), pruned, "at {now}");
	}
	case.work.insert(id, Work::Abstained);
	assert_eq!(case.plan().forget, [id]);
}

#[test]
fn the_same_number_on_another_fork_should_be_another_duty() {
	let case = Case::of(10, duty(1, committing(20), ReplicaState::Assigned)).promised(Stage::Computed);
	let mut other = duty(1, committing(20), ReplicaState::Assigned);
	other.spec.tip = 1;
	let case = Case { duties: vec![other], ..case };
	let plan = case.plan();
	assert_eq!((plan.commits.len(), plan.start), (0, vec![0]));
}

/// What the model of the chain and its surroundings can do next.
#[derive(Clone, Debug)]
enum Step {
	/// Blocks pass.
	Blocks(u8),
	/// The other replica commits or reveals, so that the phase moves on.
	Others,
	/// What runs is done, with a result that need not be the same as an earlier one.
	Finish(u8),
	/// A planned submission reaches a block, or does not.
	Submit { arrives: bool },
	/// The process dies and starts again with its journal.
	Crash,
	/// The chain goes back to what it was before the last step that changed it.
	Reorganise,
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		(1..4u8).prop_map(Step::Blocks),
		Just(Step::Others),
		any::<u8>().prop_map(Step::Finish),
		any::<bool>().prop_map(|arrives| Step::Submit { arrives }),
		Just(Step::Crash),
		Just(Step::Reorganise),
	]
}

/// A worker with one duty, and the chain as it would act.
struct Model {
	now: BlockNumber,
	phase: Phase,
	state: ReplicaState,
	before: Option<(Phase, ReplicaState)>,
	entries: Entries,
	work: BTreeMap<DutyId, Work>,
	/// Every commitment that ever left the machine.
	sent: Vec<[u8; 32]>,
}

impl Model {
	fn duty(&self) -> Duty {
		duty(1, self.phase, self.state)
	}

	fn look(&mut self) -> Plan {
		let duties = [self.duty()];
		let plan = plan(&View {
			genesis: &GENESIS,
			now: self.now,
			duties: &duties,
			entries: &self.entries,
			released: &BTreeSet::new(),
			work: &self.work,
			slots: 1,
			draining: false,
		});
		for (id, stage) in &plan.advanced {
			self.entries.get_mut(id).unwrap().stage = *stage;
		}
		for id in &plan.stop {
			self.work.insert(*id, Work::Stopping);
		}
		for _ in &plan.start {
			self.work.insert(DutyId::of(&duties[0]), Work::Running);
		}
		plan
	}

	fn change(&mut self, phase: Phase, state: ReplicaState) {
		self.before = Some((self.phase, self.state));
		(self.phase, self.state) = (phase, state);
	}

	fn act(&mut self, step: Step) {
		let id = DutyId::of(&self.duty());
		let plan = self.look();
		match step {
			Step::Blocks(n) => self.now += u32::from(n),
			Step::Others => match (self.phase, self.state) {
				// Whether it is audited is decided first, as for a replica that works alone.
				(Phase::Committing { .. }, ReplicaState::Committed(_)) => {
					self.change(Phase::Deciding, self.state)
				},
				(Phase::Deciding, ReplicaState::Committed(_)) => {
					self.change(revealing(self.now + 10), self.state)
				},
				(Phase::Committing { until }, ReplicaState::Assigned) if self.now > until => {
					self.change(Phase::Waiting { missing: 1 }, ReplicaState::Absent);
				},
				_ => {},
			},
			Step::Finish(n) => {
				let work = self.work.remove(&id);
				// The journal takes one result; the worker offers none that nobody waits for.
				if work == Some(Work::Running) {
					let claim = Claim::Computed { root: [n; 32], fuel: Fuel(0), outcomes: BlobId::of(&[n]) };
					let fresh =
						Entry { claim, salt: [n; 32], stage: Stage::Computed, stored: true, seen: self.now };
					self.entries.entry(id).or_insert(fresh);
				}
			},
			Step::Submit { arrives } => {
				for due in &plan.commits {
					self.sent.push(due.what);
					let open = matches!(self.phase, Phase::Committing { until } if self.now < until);
					if arrives && open && self.state == ReplicaState::Assigned {
						self.change(self.phase, ReplicaState::Committed(due.what));
					}
				}
				for due in &plan.reveals {
					assert!(matches!(self.phase, Phase::Revealing { .. }), "revealed too early");
					let opened = id.commitment(&GENESIS, &due.what.claim, &due.what.salt);
					assert_eq!(self.state, ReplicaState::Committed(opened), "revealed something else");
					if arrives {
						self.change(self.phase, ReplicaState::Revealed(due.what.claim));
					}
				}
			},
			Step::Crash => self.work.clear(),
			Step::Reorganise => {
				if let Some(before) = self.before.take() {
					(self.phase, self.state) = before;
				}
			},
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn no_history_should_make_two_commitments_or_an_early_reveal(steps in proptest::collection::vec(step(), 0..60)) {
		let mut model = Model {
			now: 10,
			phase: committing(30),
			state: ReplicaState::Assigned,
			before: None,
			entries: Entries::new(),
			work: BTreeMap::new(),
			sent: Vec::new(),
		};
		for step in steps {
			model.act(step);
		}
		model.look();
		prop_assert!(model.sent.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", model.sent);
	}

	#[test]
	fn any_view_should_give_a_consistent_plan(
		now in 0u32..60,
		cases in proptest::collection::vec((0u8..4, 0u32..60, 0u8..6, 0u8..4, 0u8..4), 0..12),
		slots in 0usize..4,
		draining: bool,
	) {
		let mut duties = Vec::new();
		let mut entries = Entries::new();
		let mut work = BTreeMap::new();
		for (job, (phase, until, state, promised, doing)) in cases.into_iter().enumerate() {
			let phase = match phase {
				0 => Phase::Waiting { missing: 1 },
				1 => committing(until),
				2 => Phase::Deciding,
				_ => revealing(until),
			};
			let mut duty = duty(job as u64, phase, ReplicaState::Assigned);
			let id = DutyId::of(&duty);
			let state = match state {
				0 => ReplicaState::Assigned,
				1 => ReplicaState::Committed(id.commitment(&GENESIS, &CLAIM, &SALT)),
				2 => ReplicaState::Committed([7; 32]),
				3 => ReplicaState::Revealed(CLAIM),
				4 => ReplicaState::Absent,
				_ => ReplicaState::Silent,
			};
			duty.attestation.replicas[1].state = state;
			match promised {
				0 => {},
				1 => drop(entries.insert(id, entry(Stage::Computed))),
				2 => drop(entries.insert(id, entry(Stage::Committed))),
				_ => drop(entries.insert(id, entry(Stage::Revealed))),
			}
			match doing {
				0 => {},
				1 => drop(work.insert(id, Work::Running)),
				2 => drop(work.insert(id, Work::Stopping)),
				_ => drop(work.insert(id, Work::Abstained)),
			}
			duties.push(duty);
		}
		let plan = plan(&View { genesis: &GENESIS, now, duties: &duties, entries: &entries, released: &BTreeSet::new(), work: &work, slots, draining });
		let busy = work.values().filter(|work| **work != Work::Abstained).count();
		prop_assert!(plan.start.is_empty() || plan.start.len() + busy <= slots);
		prop_assert!(!draining || plan.start.is_empty());
		for place in &plan.start {
			let id = DutyId::of(&duties[*place]);
			prop_assert!(!entries.contains_key(&id) && !work.contains_key(&id));
			prop_assert_eq!(duties[*place].own().unwrap().state, ReplicaState::Assigned);
		}
		for due in &plan.commits {
			prop_assert!(now < due.until);
			prop_assert_eq!(due.what, due.id.commitment(&GENESIS, &CLAIM, &SALT));
			prop_assert!(entries.contains_key(&due.id));
			let duty = duties.iter().find(|duty| DutyId::of(duty) == due.id).unwrap();
			prop_assert_eq!(duty.own().unwrap().state, ReplicaState::Assigned);
		}
		for due in &plan.reveals {
			let duty = duties.iter().find(|duty| DutyId::of(duty) == due.id).unwrap();
			let revealing = matches!(duty.attestation.phase, Phase::Revealing { .. });
			prop_assert!(revealing && now < due.until);
			let opened = due.id.commitment(&GENESIS, &due.what.claim, &due.what.salt);
			prop_assert_eq!(duty.own().unwrap().state, ReplicaState::Committed(opened));
		}
		for id in &plan.stop {
			prop_assert_eq!(work.get(id), Some(&Work::Running));
		}
		prop_assert!(plan.prune.is_empty(), "every entry has its duty");
	}
}
