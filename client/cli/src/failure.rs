//! How a command ends when it does not end well.

use crate::{
	context::{complain, has_given, print},
	not_had::NotHad,
};
use ergon_client::{BlobError, ConnectError, QueryError, SubmitError};
use std::process::ExitCode;

/// The command line cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The job, or a task of it, ended without a result.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoResult(pub String);

/// The user ended the command, not what it had begun.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

/// The exit code of an error; `ergon --help` documents them.
pub fn code(error: &anyhow::Error) -> u8 {
	for cause in error.chain() {
		if cause.is::<Usage>() {
			return 2;
		} else if cause.is::<NoResult>() {
			return 3;
		} else if cause.is::<Interrupted>() {
			return 130;
		} else if let Some(e) = cause.downcast_ref::<ConnectError>() {
			return if matches!(e, ConnectError::Url { .. } | ConnectError::Blobs { .. }) { 2 } else { 4 };
		}
		if let Some(not_had) = cause.downcast_ref::<NotHad>() {
			return if not_had.nobody_answered() { 4 } else { 1 };
		}
		let lost = cause.downcast_ref::<QueryError>().is_some_and(QueryError::is_connection)
			|| cause.downcast_ref::<BlobError>().is_some_and(BlobError::is_connection)
			|| cause.downcast_ref::<SubmitError>().is_some_and(SubmitError::is_connection);
		if lost {
			return 4;
		}
	}
	1
}

/// Says what went wrong: on standard error for people, and with `json` on standard output for programs, unless a report
/// that tells of it is there already.
pub fn report(error: &anyhow::Error, json: bool) -> ExitCode {
	let code = code(error);
	let message = message(error);
	complain(&format!("ergon: {message}"));
	if json && !has_given() {
		// What cannot be printed was said above.
		let _ = print(&in_json(error, code, &message).to_string());
	}
	ExitCode::from(code)
}

/// The error for programs; of a blob that nobody gave, also who was asked.
fn in_json(error: &anyhow::Error, code: u8, message: &str) -> serde_json::Value {
	let mut json = serde_json::json!({ "error": { "code": code, "message": message } });
	if let Some(not_had) = error.chain().find_map(|cause| cause.downcast_ref::<NotHad>()) {
		json["error"]["missing"] = not_had.json();
	}
	json
}

/// The error and its causes, without saying twice what a cause repeats.
fn message(error: &anyhow::Error) -> String {
	let mut text = String::new();
	for cause in error.chain() {
		let cause = cause.to_string();
		if text.is_empty() {
			text = cause;
		} else if !text.contains(&cause) {
			text = format!("{text}: {cause}");
		}
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;
	use anyhow::{anyhow, Context};

	#[test]
	fn kinds_of_failure_should_have_their_codes() {
		let lost = QueryError::Connection { what: "job".into(), url: "ws://a".into(), reason: "gone".into() };
		assert_eq!(code(&anyhow!("refused")), 1);
		assert_eq!(code(&anyhow!(Usage("x".into()))), 2);
		assert_eq!(code(&anyhow!(NoResult("x".into()))), 3);
		assert_eq!(code(&anyhow!(ConnectError::Url { url: "x".into() })), 2);
		let unreachable = ConnectError::Unreachable { url: "ws://a".into(), reason: "refused".into() };
		assert_eq!(code(&anyhow!(unreachable)), 4);
		assert_eq!(code(&anyhow!(SubmitError::Query(lost)).context("submitting the job")), 4);
		assert_eq!(code(&anyhow!(Interrupted("x".into()))), 130);
	}

	#[test]
	fn causes_should_be_said_once() {
		let error = Err::<(), _>(anyhow!("no such file")).context("reading a.wasm").map_err(|e| message(&e));
		assert_eq!(error, Err("reading a.wasm: no such file".to_owned()));
	}
}
