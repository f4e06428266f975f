//! Who may upload.

use crate::{
	app::App,
	auth::{self, Signed, Upload},
	origin, Error, Standing, Uploads,
};
use axum::http::{header::AUTHORIZATION, HeaderMap, Uri};
use ergon_primitives::{BlobId, JobId};
use sp_core::crypto::AccountId32;
use std::{
	fmt,
	net::SocketAddr,
	time::{SystemTime, UNIX_EPOCH},
};

/// Who uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
	/// A program on this machine.
	Local,
	/// Somebody who signed.
	Account(AccountId32),
}

impl fmt::Display for Who {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Local => f.write_str("a local program"),
			Self::Account(account) => write!(f, "{account}"),
		}
	}
}

/// Lets an upload in, or says why not. What costs least is asked first, and a nonce is used up last.
pub(crate) async fn admit(
	app: &App,
	peer: SocketAddr,
	uri: &Uri,
	headers: &HeaderMap,
	expected: Option<BlobId>,
	job: Option<JobId>,
) -> Result<Who, Error> {
	let signed = match app.uploads {
		Uploads::Off => return Err(Error::UploadsOff),
		Uploads::Loopback | Uploads::Signed => headers.get(AUTHORIZATION),
	};
	let Some(header) = signed else {
		if app.uploads == Uploads::Signed || !origin::is_local(&peer) {
			return Err(Error::Unsigned);
		}
		origin::suspect(uri, headers)?;
		if let Some(job) = job {
			app.ask(move |chain| chain.owner(job)).await?.ok_or(Error::NoJob(job))?;
		}
		return Ok(Who::Local);
	};
	let signed = Signed::parse(header.to_str().unwrap_or_default())?;
	let upload = Upload { genesis: app.chain.genesis(), blob: expected.ok_or(Error::Unsigned)?, job };
	let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
	auth::verify(&signed, &upload, now)?;
	may(app, &signed.account, job).await?;
	app.nonces.remember(&signed, now)?;
	Ok(Who::Account(signed.account))
}

/// Whether the market knows the account, and the job is one that it may keep blobs for.
async fn may(app: &App, account: &AccountId32, job: Option<JobId>) -> Result<(), Error> {
	let asked = account.clone();
	let (standing, owner) = app
		.ask(move |chain| {
			let owner = job.map(|job| chain.owner(job)).transpose()?;
			Ok((chain.standing(&asked)?, owner))
		})
		.await?;
	let owns = match (job, owner.flatten()) {
		(None, _) => true,
		(Some(job), None) => return Err(Error::NoJob(job)),
		(Some(_), Some(owner)) => owner == *account,
	};
	match (standing, job) {
		(Standing::Stranger, _) => Err(Error::Stranger),
		(Standing::Client, Some(job)) if !owns => Err(Error::NotYourJob(job)),
		_ => Ok(()),
	}
}
