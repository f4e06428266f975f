//! What to do about a transaction that the node's pool refuses.

/// What to do about a refusal, and whether signing again has a chance. The codes are those of Substrate's pool.
pub(crate) fn advice(code: i32, reason: &str) -> (&'static str, bool) {
	let reason = reason.to_ascii_lowercase();
	if let Some(advice) = reason.split("custom error: ").nth(1).and_then(duty) {
		return (advice, false);
	}
	if reason.contains("inability to pay") {
		("the account's free balance cannot pay the fee: send it tokens, or sign with another --key", false)
	} else if reason.contains("bad signature") || reason.contains("bad proof") {
		(
			"the signature does not fit this chain: check the key and that the node is of the chain meant",
			false,
		)
	} else if reason.contains("outdated") || reason.contains("stale") {
		("another transaction of this account came first: submit again", true)
	} else if reason.contains("ancient birth block") {
		("it was signed too long ago: submit again", true)
	} else if code == 1014 || reason.contains("priority is too low") {
		("another transaction of this account with the same nonce is waiting: submit again after it", true)
	} else if code == 1016 || reason.contains("immediately dropped") {
		("the node's pool is full: submit again later", true)
	} else if code == 1012 || reason.contains("temporarily banned") {
		("the node saw the same transaction fail just now: wait a minute, then submit again", true)
	} else if code == 1013 || reason.contains("already imported") {
		("the same transaction waits already: read the state before submitting again", false)
	} else if reason.contains("exhaust") {
		("it does not fit into a block now: submit again, or make it smaller", true)
	} else {
		("nothing was changed; check the call's values and the account's state", false)
	}
}

/// What a commit or reveal is refused for: the codes that the chain's `CheckDuty` gives.
fn duty(code: &str) -> Option<&'static str> {
	let digits = code.split(|c: char| !c.is_ascii_digit()).next()?;
	Some(match digits.parse::<u8>().ok()? {
		100 => "the key is not the worker key of any provider: register it, or sign with the one that is",
		101 => "the batch is empty",
		102 => "the batch names a shard twice",
		103 => "the shard is not open: it was closed, or there never was one",
		104 => "the provider was not drawn for the shard",
		105 => "the shard does not take commitments now",
		106 => "the window has passed",
		107 => "the provider has committed for this shard already",
		108 => "the shard does not take reveals now",
		109 => "the provider never committed for this shard",
		110 => "the provider has revealed for this shard already",
		111 => "the claim's fuel is above the shard's limit",
		112 => "claim and salt are not what was committed to",
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn refusals_should_say_what_to_do_and_whether_again() {
		let poor = "Invalid Transaction: Inability to pay some fees (e.g. account balance too low)";
		assert!(advice(1010, poor).0.contains("send it tokens"));
		assert!(!advice(1010, poor).1);
		assert!(advice(1010, "Invalid Transaction: Transaction is outdated").1);
		assert!(advice(1010, "Invalid Transaction: Transaction has an ancient birth block").1);
		assert!(advice(1014, "Priority is too low: (10 vs 10)").1);
		assert!(!advice(1010, "Invalid Transaction: Transaction has a bad signature").1);
		assert!(!advice(-32000, "something else").1);
	}

	#[test]
	fn duties_should_be_refused_in_words() {
		let reason = "Invalid Transaction: Custom error: 107";
		assert_eq!(advice(1010, reason), ("the provider has committed for this shard already", false));
		assert!(advice(1010, "Invalid Transaction: Custom error: 7").0.contains("nothing was changed"));
		assert!(advice(1010, "Custom error: 999999").0.contains("nothing was changed"));
	}
}
