//! What can go wrong, one type for each kind of operation. Each message says what was tried, on what, and what to do.

use subxt::ext::jsonrpsee::core::client::Error as JsonRpcError;
use subxt::rpcs::Error as RpcError;

/// Why there is no connection to an Ergon node.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
	/// The address cannot be one.
	#[error("'{url}' is not a node's address: expected ws://HOST:PORT or wss://HOST[:PORT], for example ws://127.0.0.1:9944")]
	Url {
		/// What was given.
		url: String,
	},
	/// The address for blobs cannot be one.
	#[error("'{url}' is not the address of a node's blobs: expected http://HOST:PORT or https://HOST[:PORT], for example http://127.0.0.1:9955, or `off`")]
	Blobs {
		/// What was given.
		url: String,
	},
	/// Nobody answers there.
	#[error("no connection to {url}: {reason}; check that the node runs, that its --rpc-port is this one, and that nothing between blocks it")]
	Unreachable {
		/// The address.
		url: String,
		/// What the network said.
		reason: String,
	},
	/// Somebody else answers there.
	#[error("{url} is not an Ergon node: found {found}; give the address of an ergon-node")]
	NotErgon {
		/// The address.
		url: String,
		/// What it is instead.
		found: String,
	},
	/// An Ergon node of a version that this client does not understand.
	#[error("{url} runs ergon runtime {spec_version}, whose market this client cannot read: {reason}; use the client of the node's release")]
	Incompatible {
		/// The address.
		url: String,
		/// The runtime's version.
		spec_version: u32,
		/// What could not be read.
		reason: String,
	},
}

/// Why a question to the node has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
	/// The connection is gone, or the node did not answer in time.
	#[error("{what}: the connection to {url} was lost: {reason}; connect again")]
	Connection {
		/// What was asked.
		what: String,
		/// The node.
		url: String,
		/// What the connection said.
		reason: String,
	},
	/// The node answered with an error.
	#[error("{what}: {url} answered with an error: {reason} ({code})")]
	Refused {
		/// What was asked.
		what: String,
		/// The node.
		url: String,
		/// The JSON-RPC error code.
		code: i32,
		/// The node's words.
		reason: String,
	},
	/// The answer is not what this client knows.
	#[error("{what}: the answer of {url} cannot be read: {reason}; the node and this client are of different releases")]
	Decode {
		/// What was asked.
		what: String,
		/// The node.
		url: String,
		/// What did not fit.
		reason: String,
	},
}

/// JSON-RPC's code for a server's own errors, where subxt kept only the words.
const SERVER_ERROR: i32 = -32000;

impl QueryError {
	/// Whether connecting again may help.
	pub fn is_connection(&self) -> bool {
		matches!(self, Self::Connection { .. })
	}

	/// Sorts an error of the connection's library.
	pub(crate) fn of_rpc(what: &str, url: &str, error: RpcError) -> Self {
		let (what, url) = (what.to_owned(), url.to_owned());
		match error {
			RpcError::User(e) => {
				let reason = match &e.data {
					Some(data) => format!("{}: {}", e.message, data.get().trim_matches('"')),
					None => e.message,
				};
				Self::Refused { what, url, code: e.code, reason }
			},
			RpcError::Deserialization(e) => Self::Decode { what, url, reason: e.to_string() },
			RpcError::Decode(e) => Self::Decode { what, url, reason: e.to_string() },
			RpcError::Client(e) => {
				let reason = match e.downcast_ref::<JsonRpcError>() {
					Some(JsonRpcError::RequestTimeout) => "no answer in time".to_owned(),
					Some(JsonRpcError::ParseError(e)) => {
						return Self::Decode { what, url, reason: e.to_string() }
					},
					_ => e.to_string(),
				};
				Self::Connection { what, url, reason }
			},
			other => Self::Connection { what, url, reason: other.to_string() },
		}
	}

	/// Sorts any error of subxt: connection trouble wherever it is buried, everything else as unreadable.
	pub(crate) fn of_subxt(what: &str, url: &str, error: impl std::error::Error + 'static) -> Self {
		use subxt::error::{BackendError, RpcError as BackendRpcError};
		let reason = error.to_string();
		let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
		// Bounded: a chain of causes is as deep as the library nests its errors.
		for _ in 0..16 {
			let Some(error) = cause else { break };
			match error.downcast_ref::<BackendError>() {
				Some(BackendError::Rpc(BackendRpcError::ClientError(RpcError::User(e)))) => {
					return Self::Refused { what: what.to_owned(), url: url.to_owned(), code: e.code, reason }
				},
				Some(BackendError::Rpc(_)) => {
					return Self::Connection { what: what.to_owned(), url: url.to_owned(), reason }
				},
				_ => cause = error.source(),
			}
		}
		// subxt prints its causes into its messages without linking all of them.
		if reason.contains("RPC error: client error") || reason.contains("subscription dropped") {
			Self::Connection { what: what.to_owned(), url: url.to_owned(), reason }
		} else if reason.contains("User error: ") {
			Self::Refused { what: what.to_owned(), url: url.to_owned(), code: SERVER_ERROR, reason }
		} else {
			Self::Decode { what: what.to_owned(), url: url.to_owned(), reason }
		}
	}
}

/// Why a call is not in a block, or failed in it.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// It was included, paid its fee, and failed: nothing else changed.
	#[error("{call} failed: {pallet}.{error}: {docs}")]
	Failed {
		/// What was called.
		call: String,
		/// The pallet that refused; for errors that no pallet defines, their kind (`Token`, `Arithmetic`, …).
		pallet: String,
		/// The error's name.
		error: String,
		/// What the chain's metadata says of it.
		docs: String,
	},
	/// The node did not take it into its pool: nothing changed.
	#[error("{call} signed by {signer} was refused by the node: {reason}; {advice}")]
	Refused {
		/// What was called.
		call: String,
		/// The account that signed.
		signer: String,
		/// The node's words.
		reason: String,
		/// What to do.
		advice: &'static str,
		/// Whether the same call signed again has a chance.
		retryable: bool,
	},
	/// The node dropped it from its pool, or it lapsed; it can be signed again.
	#[error("{call} signed by {signer} was not included: {reason}; check the account's state, then submit it again")]
	NotIncluded {
		/// What was called.
		call: String,
		/// The account that signed.
		signer: String,
		/// What became of it.
		reason: String,
	},
	/// The runtime does not have the call in the form that this client knows.
	#[error("{call} cannot be made on this chain: {reason}; use the client of the node's release")]
	Incompatible {
		/// What was called.
		call: String,
		/// What differs.
		reason: String,
	},
	/// The node could not be asked. The call may have been submitted: read the state before submitting it again.
	#[error(transparent)]
	Query(#[from] QueryError),
}

impl SubmitError {
	/// Whether connecting again may help.
	pub fn is_connection(&self) -> bool {
		matches!(self, Self::Query(e) if e.is_connection())
	}

	/// Whether the same call, signed again, has a chance: a nonce that another transaction took, a lapsed mortality,
	/// a full pool.
	pub fn is_retryable(&self) -> bool {
		match self {
			Self::NotIncluded { .. } => true,
			Self::Refused { retryable, .. } => *retryable,
			Self::Failed { .. } | Self::Incompatible { .. } | Self::Query(_) => false,
		}
	}
}

/// Why a text is not a key. The text itself is a secret and in none of the messages.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// Nothing there.
	#[error("the key is empty: expected {EXPECTED}")]
	Empty,
	/// No form of key.
	#[error("the key is malformed: {reason}; expected {EXPECTED}")]
	Malformed {
		/// What is wrong with it.
		reason: String,
	},
}

/// The forms that a key may have.
const EXPECTED: &str =
	"a phrase of 12 to 24 words, 0x and 64 hexadecimal digits, or //Name for a development key; \
	each may be followed by /soft and //hard derivations and ///password";
