//! What every command works with: where the node is, who signs, and where to say things.

use crate::{cli::Global, failure::Usage};
use anyhow::{Context as _, Result};
use ergon_client::{account_of, keypair_from_suri, AccountId, Call, Client, Included, Keypair};
use std::{
	fs,
	io::Write,
	path::Path,
	sync::atomic::{AtomicBool, Ordering},
};

/// The most bytes that a key file may have: a phrase, derivations and a password are far shorter.
const MAX_KEY_FILE: u64 = 4096;
/// How often a call is signed again when another transaction of the account came first, or the pool was full.
const ATTEMPTS: u32 = 3;

/// Whether a JSON value was given: there is one a command, also where it ends as a failure after that.
static GIVEN: AtomicBool = AtomicBool::new(false);

/// Whether the command has given its JSON value.
pub fn has_given() -> bool {
	GIVEN.load(Ordering::Relaxed)
}

/// The global options, applied.
pub struct Context {
	pub json: bool,
	global: Global,
}

impl Context {
	pub fn new(global: Global) -> Self {
		Self { json: global.json, global }
	}

	/// Connects to the node.
	pub async fn connect(&self) -> Result<Client> {
		Ok(Client::connect(&self.global.node).await?)
	}

	/// The signing key.
	pub fn signer(&self) -> Result<Keypair> {
		let text = match (&self.global.key_file, &self.global.key) {
			(Some(path), _) => read_key(path)?,
			(None, Some(key)) => match key.strip_prefix('@') {
				Some(path) => read_key(Path::new(path))?,
				None => key.clone(),
			},
			(None, None) => {
				return Err(Usage(
					"this command signs and needs a key: give --key SURI, --key @FILE, --key-file FILE or ERGON_KEY".into(),
				)
				.into())
			},
		};
		keypair_from_suri(&text).map_err(|e| Usage(format!("--key: {e}")).into())
	}

	/// The account meant: the one given, else the signer's.
	pub fn account(&self, given: Option<AccountId>) -> Result<AccountId> {
		match given {
			Some(account) => Ok(account),
			None => match self.signer() {
				Ok(pair) => Ok(account_of(&pair)),
				Err(e) => Err(e.context("no ACCOUNT was given, so the key's own is meant")),
			},
		}
	}

	/// Says something to the person, beside the result.
	pub fn say(&self, text: impl AsRef<str>) {
		say(text.as_ref());
	}

	/// Gives the result: as JSON, or as text for people.
	pub fn give(&self, json: &serde_json::Value, text: impl FnOnce() -> String) -> Result<()> {
		if self.json {
			self.give_json(json)
		} else {
			print(text().trim_end())
		}
	}

	/// Gives a result of which people were told beside an output; nothing without `--json`.
	pub fn give_json(&self, json: &serde_json::Value) -> Result<()> {
		if self.json {
			GIVEN.store(true, Ordering::Relaxed);
			print(&json.to_string())?;
		}
		Ok(())
	}

	/// Submits a call, again where that has a chance.
	pub async fn submit(&self, client: &Client, call: Call, signer: &Keypair) -> Result<Included> {
		for _ in 1..ATTEMPTS {
			match client.submit(call.clone(), signer).await {
				Err(e) if e.is_retryable() => self.say(format!("{e}; submitting again")),
				done => return Ok(done?),
			}
		}
		Ok(client.submit(call, signer).await?)
	}

	/// Submits a call that has no other result than being done.
	pub async fn submit_and_tell(&self, call: Call, done: &str) -> Result<()> {
		let signer = self.signer()?;
		let client = self.connect().await?;
		let included = self.submit(&client, call, &signer).await?;
		self.tell(&included, &account_of(&signer), done)
	}

	/// Tells of a call that was included.
	pub fn tell(&self, included: &Included, signer: &AccountId, done: &str) -> Result<()> {
		self.give(&included_json(included, signer), || {
			format!(
				"{done} (block {}, transaction fee {})",
				included.block,
				crate::show::amount(included.fee.unwrap_or_default())
			)
		})
	}
}

/// Writes a line to standard error; if nobody reads it, there is nobody to be told.
pub fn say(text: &str) {
	let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes a line to standard output. A reader that has seen enough is no failure.
pub fn print(text: &str) -> Result<()> {
	match writeln!(std::io::stdout(), "{text}") {
		Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e).context("writing to standard output"),
		_ => Ok(()),
	}
}

/// The JSON form of an included call.
pub fn included_json(included: &Included, signer: &AccountId) -> serde_json::Value {
	serde_json::json!({
		"signer": signer,
		"block": included.block,
		"block_hash": crate::show::hash(&included.block_hash),
		"extrinsic": crate::show::hash(&included.extrinsic),
		"transaction_fee": included.fee.unwrap_or_default().to_string(),
		"job": included.job,
	})
}

fn read_key(path: &Path) -> Result<String> {
	let path = expand_home(path);
	let what = || format!("the key file {} cannot be read; give a file that holds one key", path.display());
	let length = fs::metadata(&path).with_context(what)?.len();
	if length > MAX_KEY_FILE {
		return Err(Usage(format!(
			"the key file {} has {length} bytes; a file that holds one key has at most {MAX_KEY_FILE}",
			path.display()
		))
		.into());
	}
	fs::read_to_string(&path).with_context(what)
}

/// `~/` in `--key @~/file`, which the shell does not expand behind the `@`.
fn expand_home(path: &Path) -> std::path::PathBuf {
	match (path.strip_prefix("~"), std::env::var_os("HOME")) {
		(Ok(rest), Some(home)) => Path::new(&home).join(rest),
		_ => path.to_owned(),
	}
}
