//! A blob that nobody gave: who was asked, and what each said.

use ergon_client::Holder;
use ergon_primitives::BlobId;
use serde_json::{json, Value};
use std::fmt;

/// The most peers that a message names.
const NAMED_PEERS: usize = 8;

/// What is said of a node that has not got a blob.
pub const HAS_NOT: &str = "does not have it";

/// What one node said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
	pub node: String,
	/// That it does not have it, or what was in the way.
	pub said: String,
	/// Those that it asked.
	pub peers: Vec<Holder>,
	/// Whether the node answered at all.
	pub reached: bool,
}

/// Nobody gave a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotHad {
	pub id: BlobId,
	pub what: String,
	pub answers: Vec<Answer>,
}

impl NotHad {
	/// Whether no node could be reached.
	pub fn nobody_answered(&self) -> bool {
		self.answers.iter().all(|answer| !answer.reached)
	}

	/// Whether asking again may help: a blob that no node has yet may be on its way.
	pub fn may_come(&self) -> bool {
		self.answers.iter().any(|answer| answer.said == HAS_NOT)
	}

	/// For programs.
	pub fn json(&self) -> Value {
		let nodes = self.answers.iter().map(|answer| {
			json!({
				"node": answer.node,
				"answer": if !answer.reached { "noAnswer" } else if answer.said == HAS_NOT { "hasNot" } else { "failed" },
				"said": answer.said,
				"peers": answer.peers.iter().map(|peer| json!({ "peer": peer.peer, "answer": word(peer.has) })).collect::<Vec<_>>(),
			})
		});
		json!({ "blob": self.id, "what": self.what, "nodes": nodes.collect::<Vec<_>>() })
	}
}

/// One word for whether a peer has a blob.
pub fn word(has: Option<bool>) -> &'static str {
	match has {
		Some(true) => "has",
		Some(false) => "hasNot",
		None => "noAnswer",
	}
}

/// Peers and what they said, for people.
pub fn peers(peers: &[Holder]) -> String {
	if peers.is_empty() {
		return "it asked no peer".to_owned();
	}
	let named = peers.iter().take(NAMED_PEERS).map(|peer| {
		let said = match peer.has {
			Some(true) => "has it",
			Some(false) => "has not",
			None => "no answer",
		};
		format!("{} {said}", peer.peer)
	});
	let named = named.collect::<Vec<_>>().join(", ");
	match peers.len().saturating_sub(NAMED_PEERS) {
		0 => format!("of its peers: {named}"),
		more => format!("of its peers: {named} and {more} more"),
	}
}

impl fmt::Display for NotHad {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "nobody gave the {} {}: ", self.what, self.id)?;
		for (place, answer) in self.answers.iter().enumerate() {
			let and = if place > 0 { "; " } else { "" };
			write!(f, "{and}{} {}", answer.node, answer.said)?;
			if answer.said == HAS_NOT {
				write!(f, " ({})", peers(&answer.peers))?;
			}
		}
		write!(f, "; try another --node, several if you like")
	}
}

impl std::error::Error for NotHad {}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	fn not_had(answers: Vec<Answer>) -> NotHad {
		NotHad { id: BlobId::of(b"x"), what: "output".into(), answers }
	}

	fn peer(name: &str, has: Option<bool>) -> Holder {
		Holder { peer: name.into(), has }
	}

	#[test]
	fn who_had_it_and_who_did_not_should_be_said() {
		let a = Answer {
			node: "ws://a".into(),
			said: HAS_NOT.into(),
			peers: vec![peer("12D3a", Some(false)), peer("12D3b", None), peer("12D3c", Some(true))],
			reached: true,
		};
		let b = Answer { node: "ws://b".into(), said: "no connection".into(), peers: vec![], reached: false };
		let both = not_had(vec![a.clone(), b.clone()]);
		let text = both.to_string();
		for part in ["ws://a does not have it", "12D3a has not", "12D3b no answer", "ws://b no connection"] {
			assert!(text.contains(part), "{part}: {text}");
		}
		let json = both.json();
		assert_eq!(json["nodes"][0]["answer"], "hasNot");
		assert_eq!(json["nodes"][0]["peers"][2], json!({ "peer": "12D3c", "answer": "has" }));
		assert_eq!(json["nodes"][0]["peers"][1]["answer"], "noAnswer");
		assert_eq!(json["nodes"][1]["answer"], "noAnswer");
		assert!(!both.nobody_answered() && both.may_come());
		let nobody = not_had(vec![b]);
		assert!(nobody.nobody_answered() && !nobody.may_come());
		assert_eq!(crate::failure::code(&nobody.into()), 4);
		assert_eq!(crate::failure::code(&anyhow::Error::from(not_had(vec![a])).context("shard 1")), 1);
	}

	#[test]
	fn many_peers_should_not_drown_the_message() {
		let all: Vec<_> = (0..50).map(|n| peer(&format!("p{n}"), Some(false))).collect();
		let said = peers(&all);
		assert!(said.ends_with("and 42 more") && !said.contains("p8 "), "{said}");
	}
}
