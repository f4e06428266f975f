//! A shard's machine under any sequence of events, and an onlooker that keeps its own books and judges by them.

use crate::{
	machine::{self, Discharge, Next, Outcome},
	mock::{computed, key, lock_of, lone_offer, offers, terms, COMMIT_WINDOW},
	MAX_SHARD_BYTES, MOST_MISSED,
};
use codec::Encode;
use ergon_primitives::{
	commitment, BlockNumber, Claim, Conduct, Phase, ReplicaState, Reveal, ShardAttestation, Verdict,
};
use ergon_traits::{Closing, Decision, Payee};
use proptest::prelude::*;
use std::collections::BTreeMap;

const GENESIS: [u8; 32] = [3; 32];

/// Something that happens. Numbers are folded into what is possible.
#[derive(Clone, Copy, Debug)]
pub enum Act {
	/// Some replica tries to commit to a claim.
	Commit(usize, u8),
	/// Some replica tries to reveal what it committed to.
	Reveal(usize),
	/// Time passes, and the deadline if it is due.
	Pass(BlockNumber),
	/// The jobs pallet draws, all that are missing or fewer.
	Draw(usize),
	/// The jobs pallet tries to decide: an audit or not.
	Decide(bool),
	/// The client exposes what it says that it knows.
	Expose(u8),
}

pub fn act() -> impl Strategy<Value = Act> {
	prop_oneof![
		4 => (0..7usize, 0..4u8).prop_map(|(who, claim)| Act::Commit(who, claim)),
		4 => (0..7usize).prop_map(Act::Reveal),
		1 => (1..COMMIT_WINDOW * 2).prop_map(Act::Pass),
		2 => (0..7usize).prop_map(Act::Draw),
		1 => any::<bool>().prop_map(Act::Decide),
		1 => (0..4u8).prop_map(Act::Expose),
	]
}

/// What a shard begins with.
#[derive(Clone, Copy, Debug)]
pub struct Start {
	pub quorum: u8,
	pub max_replicas: u8,
	/// Whether one is drawn to work alone.
	pub alone: bool,
	/// What the referee would say, if anything: one of those that can be claimed, or another.
	pub referee: Option<u8>,
}

/// Any that the jobs pallet may ask for.
pub fn start() -> impl Strategy<Value = Start> {
	let sizes = (1..=7u8).prop_flat_map(|most| (1..=most, Just(most)));
	let referee = prop::option::of(0..6u8);
	(sizes, any::<bool>(), referee).prop_map(|((quorum, max_replicas), alone, referee)| {
		let alone = alone && quorum >= 2 && quorum < max_replicas;
		Start { quorum, max_replicas, alone, referee }
	})
}

/// Few different claims, so that groups form; 0 is the unavailable one.
pub fn claim(which: u8) -> Claim {
	match which {
		0 => Claim::Unavailable,
		which => computed(which),
	}
}

/// A shard, and what an onlooker keeps of it.
pub struct World {
	pub shard: ShardAttestation<u64>,
	pub closed: Option<Verdict>,
	now: BlockNumber,
	start: Start,
	claims: BTreeMap<u64, Claim>,
	exposed: Option<Claim>,
	judged: Option<Claim>,
	discharged: BTreeMap<u64, Conduct>,
	/// Whether the first worked alone, and was late while the client had exposed nothing.
	forgiven: bool,
}

impl World {
	pub fn new(start: Start) -> Self {
		let terms = terms(start.quorum, start.max_replicas);
		let first: Vec<_> = (1..=u64::from(start.quorum)).collect();
		let shard = match start.alone {
			true => machine::open_alone(terms, lone_offer(1), 1),
			false => machine::open(terms, offers(&first), 1),
		};
		Self {
			shard: shard.unwrap(),
			closed: None,
			now: 1,
			start,
			claims: BTreeMap::new(),
			exposed: None,
			judged: None,
			discharged: BTreeMap::new(),
			forgiven: false,
		}
	}

	/// Does it, unless the shard is closed already, and looks at what is to hold at any time.
	pub fn act(&mut self, act: Act) {
		if self.closed.is_some() {
			return;
		}
		let provider = |who: usize| self.shard.replicas[who % self.shard.replicas.len()].provider;
		match act {
			Act::Commit(who, which) => self.commit(provider(who), claim(which)),
			Act::Reveal(who) => self.reveal(provider(who)),
			Act::Pass(blocks) => self.pass(blocks),
			Act::Draw(fewer) => self.draw(fewer),
			Act::Decide(audit) => self.decide(audit),
			// At any time, though the jobs pallet would take it from a lone replica's commitment on only.
			Act::Expose(which) => self.exposed = Some(claim(which)),
		}
		self.check();
	}

	fn commit(&mut self, provider: u64, claim: Claim) {
		let sealed = commitment(&GENESIS, &key(0), &provider, &claim, &[provider as u8; 32]);
		let before = self.shard.clone();
		match machine::commit(&mut self.shard, &provider, sealed, self.now) {
			Ok(outcome) => {
				assert!(
					matches!(outcome.next, Next::Stay | Next::Request(_) | Next::Decide),
					"a commitment never closes a shard"
				);
				assert_eq!(outcome.discharged, vec![]);
				self.claims.insert(provider, claim);
				self.follow(outcome);
			},
			Err(_) => assert_eq!(before, self.shard),
		}
	}

	fn reveal(&mut self, provider: u64) {
		let claim = self.claims.get(&provider).copied().unwrap_or(Claim::Unavailable);
		let reveal = Reveal { key: key(0), claim, salt: [provider as u8; 32] };
		let before = self.shard.clone();
		match machine::reveal(&mut self.shard, &GENESIS, &provider, &reveal, self.exposed, self.now) {
			Ok(outcome) => {
				if !matches!(outcome.next, Next::Close(_) | Next::Judge(_)) {
					assert_eq!(outcome.discharged, vec![], "nobody misses a deadline by a reveal");
				}
				self.follow(outcome);
			},
			Err(_) => assert_eq!(before, self.shard),
		}
	}

	fn pass(&mut self, blocks: BlockNumber) {
		self.now += blocks;
		let trusted = self.shard.trust > 0 && self.exposed.is_none();
		let outcome = machine::expire(&mut self.shard, self.exposed, self.now);
		if !matches!(outcome.next, Next::Close(_) | Next::Judge(_)) {
			assert!(outcome.discharged.len() <= MOST_MISSED as usize);
		}
		// A lone replica is out by the deadline at which it is late.
		self.forgiven |= trusted && !outcome.discharged.is_empty();
		self.follow(outcome);
	}

	fn draw(&mut self, fewer: usize) {
		let Phase::Waiting { missing } = self.shard.phase else { return };
		let drawn = self.shard.replicas.len() as u64;
		let count = u64::from(missing) - (fewer as u64 % u64::from(missing));
		let fresh: Vec<_> = (drawn + 1..=drawn + count).collect();
		machine::extend(&mut self.shard, offers(&fresh), self.now).unwrap();
	}

	fn decide(&mut self, audit: bool) {
		let before = self.shard.clone();
		let decision = if audit { Decision::Audit } else { Decision::Trust };
		if machine::decide(&mut self.shard, decision, self.now).is_err() {
			assert_ne!(before.phase, Phase::Deciding);
			assert_eq!(before, self.shard);
		}
	}

	fn follow(&mut self, outcome: Outcome<u64>) {
		let Outcome { discharged, next } = outcome;
		if let Next::Judge(claims) = next {
			let told = self.start.referee.map(claim);
			self.judged = told.filter(|told| claims.contains(told));
			return self.follow(machine::judge(&self.shard, discharged, told));
		}
		for Discharge { provider, lock, conduct } in discharged {
			let lone = self.start.alone && provider == 1;
			assert_eq!(lock, if lone { lone_offer(1).lock } else { lock_of(provider) });
			assert_eq!(self.discharged.insert(provider, conduct), None, "{provider} was discharged before");
		}
		match next {
			Next::Request(missing) => assert_eq!(self.shard.phase, Phase::Waiting { missing }),
			Next::Decide => assert_eq!(self.shard.phase, Phase::Deciding),
			Next::Close(closing) => self.check_end(closing),
			Next::Stay | Next::Judge(_) => (),
		}
	}

	fn count(&self, wanted: fn(&ReplicaState) -> bool) -> usize {
		self.shard.replicas.iter().filter(|replica| wanted(&replica.state)).count()
	}

	/// What holds at any time.
	fn check(&self) {
		let World { shard, .. } = self;
		let terms = shard.terms;
		assert!(shard.replicas.len() <= usize::from(terms.max_replicas));
		assert!(shard.encoded_size() <= MAX_SHARD_BYTES);
		if self.closed.is_some() {
			return;
		}
		assert!(machine::largest_possible_group(shard) <= usize::from(terms.quorum));
		for replica in &shard.replicas {
			assert_eq!(replica.state.is_engaged(), !self.discharged.contains_key(&replica.provider));
		}
		assert_eq!(machine::release(shard).len() + self.discharged.len(), shard.replicas.len());
		let assigned = self.count(|state| matches!(state, ReplicaState::Assigned));
		let committed = self.count(|state| matches!(state, ReplicaState::Committed(_)));
		match shard.phase {
			Phase::Committing { until } => assert!(assigned > 0 && until + COMMIT_WINDOW >= self.now),
			Phase::Revealing { .. } => assert!(assigned == 0 && committed > 0),
			Phase::Waiting { missing } => {
				assert!(assigned == 0 && missing > 0 && shard.trust == 0);
				assert!(shard.replicas.len() + usize::from(missing) <= usize::from(terms.max_replicas));
			},
			Phase::Deciding => assert!(committed == 1 && shard.trust > 0),
		}
		if shard.trust > 0 {
			assert!(self.start.alone && shard.replicas.len() == 1 && assigned + committed == 1);
		}
	}

	/// What holds at the end, judged by the claims and not by the machine.
	fn check_end(&mut self, closing: Closing<u64>) {
		let Closing { verdict, payees } = closing;
		self.closed = Some(verdict);
		let replicas = &self.shard.replicas;
		assert_eq!(self.discharged.len(), replicas.len(), "everybody is discharged");
		let said = |wanted: Claim| {
			let all = replicas.iter().filter(|replica| replica.state == ReplicaState::Revealed(wanted));
			all.map(|replica| replica.provider).collect::<Vec<_>>()
		};
		let quorum = usize::from(self.shard.terms.quorum);
		let by_quorum = (0..4).map(claim).find(|claim| said(*claim).len() >= quorum);
		let alone = self.shard.trust > 0;
		let right = if alone { Some(self.claims[&1]) } else { by_quorum.or(self.judged) };
		match right {
			Some(Claim::Computed { root, fuel, outcomes }) => {
				assert_eq!(verdict, Verdict::Agreed { root, fuel, outcomes })
			},
			Some(Claim::Unavailable) => assert_eq!(verdict, Verdict::Unavailable),
			None => assert_eq!(verdict, Verdict::NoQuorum),
		}
		if alone {
			assert!(matches!(verdict, Verdict::Agreed { .. }), "one alone proves nothing unavailable");
			assert!(self.exposed.is_none_or(|known| Some(known) == right), "and nothing against the client");
		}
		if let Some(right) = by_quorum {
			assert_eq!(said(right).len(), quorum, "never more than the client pays for");
		}
		self.check_payees(right.map_or(vec![], said), verdict, &payees);
		for replica in replicas {
			let forgiven = self.forgiven && replica.provider == 1;
			let expected = if forgiven { Conduct::Absent } else { self.expected(&replica.state, right) };
			assert_eq!(self.discharged[&replica.provider], expected);
		}
	}

	/// Everyone with the verdict is paid, the replacements by faults of others.
	fn check_payees(&self, with: Vec<u64>, verdict: Verdict, payees: &[Payee<u64>]) {
		let paid: Vec<_> = payees.iter().map(|payee| payee.provider).collect();
		assert_eq!(paid, with);
		assert!(paid.len() <= usize::from(self.start.quorum));
		let replacements = payees.iter().filter(|payee| payee.replacement).count();
		let faults = self.discharged.values().filter(|conduct| conduct.is_fault()).count();
		assert!(replacements <= faults, "{replacements} replacements, {faults} faults");
		for payee in payees {
			// They were numbered as they were drawn.
			let later = payee.provider > u64::from(self.start.quorum);
			assert_eq!(payee.replacement, later && verdict != Verdict::Unavailable);
		}
	}

	/// How a replica behaved that ended so.
	fn expected(&self, state: &ReplicaState, right: Option<Claim>) -> Conduct {
		match (*state, right) {
			(ReplicaState::Absent, _) => Conduct::Absent,
			(ReplicaState::Silent, _) => Conduct::Silent,
			(ReplicaState::Revealed(claim), Some(right @ Claim::Computed { .. })) if claim == right => {
				match self.shard.trust > 0 && self.exposed.is_none() {
					true => Conduct::Alone,
					false => Conduct::Agreed,
				}
			},
			(ReplicaState::Revealed(Claim::Unavailable), Some(Claim::Computed { .. })) => {
				Conduct::FalselyUnavailable
			},
			(ReplicaState::Revealed(_), Some(Claim::Computed { .. })) => Conduct::Dissented,
			_ => Conduct::Released,
		}
	}
}
