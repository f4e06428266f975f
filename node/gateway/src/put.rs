//! `PUT /blobs`.

use crate::{
	admit::{admit, Who},
	app::App,
	query::Query,
	routes::Peer,
	upload::{receive, Received},
	Error,
};
use axum::{
	extract::Request,
	http::{
		header::{CONNECTION, CONTENT_LENGTH, LOCATION},
		request::Parts,
		HeaderValue, StatusCode,
	},
	response::{IntoResponse, Response},
	Json,
};
use ergon_blobs::Hold;
use ergon_primitives::BlobId;
use serde_json::json;
use std::{sync::Arc, time::Instant};
use tracing::{debug, info, warn};

/// Bodies of at most so many bytes are read to their end even where nothing depends on them: the connection stays usable.
const DRAIN: u64 = 64 << 10;

pub(crate) async fn answer(app: Arc<App>, request: Request) -> Response {
	let began = Instant::now();
	let (parts, body) = request.into_parts();
	let mut told = Told::default();
	let outcome = put(&app, &parts, body, &mut told).await;
	let Told { who, blob, bytes } = &told;
	let milliseconds = began.elapsed().as_millis() as u64;
	match outcome {
		Ok((id, size, new)) => {
			info!(%who, blob = %id, size, milliseconds, new, "uploaded");
			let status = if new { StatusCode::CREATED } else { StatusCode::OK };
			let mut response = (status, Json(json!({ "cid": id.to_string(), "size": size }))).into_response();
			if let Ok(location) = format!("/ipfs/{id}").try_into() {
				response.headers_mut().insert(LOCATION, location);
			}
			// A body that was not wanted is not waited for either.
			if *bytes == 0 && size > DRAIN {
				response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
			}
			response
		},
		Err(error) => {
			let cause = error.cause();
			match error.status().as_u16() {
				// Who is not let in has not begun; strangers shall not fill the log.
				401 | 403 => debug!(%who, blob, %error, "an upload was refused"),
				500 | 507 => {
					warn!(%who, blob, received = bytes, milliseconds, %error, cause, "an upload failed")
				},
				_ => info!(%who, blob, received = bytes, milliseconds, %error, cause, "an upload failed"),
			}
			let mut response = error.into_response();
			// What follows on this connection may be the rest of the body.
			response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
			response
		},
	}
}

/// What is known of an upload when it ends, for the log.
#[derive(Default)]
struct Told {
	who: String,
	blob: Option<String>,
	bytes: u64,
}

async fn put(
	app: &Arc<App>,
	request: &Parts,
	body: axum::body::Body,
	told: &mut Told,
) -> Result<(BlobId, u64, bool), Error> {
	let peer = request.extensions.get::<Peer>().ok_or(Error::Closing)?.0;
	told.who = peer.to_string();
	let query = Query::parse(request.uri.query())?;
	let (expected, job) = (query.blob()?, query.job()?);
	told.blob = expected.map(|id| id.to_string());
	let who = admit(app, peer, &request.uri, &request.headers, expected, job).await?;
	told.who = format!("{who} at {peer}");

	let limit = app.chain.max_blob().min(app.store.options().max_blob);
	let announced =
		request.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
	if announced.is_some_and(|announced| announced > limit) {
		return Err(Error::TooLarge(limit));
	}
	let places = match who {
		Who::Local => &app.local_uploads,
		Who::Account(_) => &app.signed_uploads,
	};
	let _place = app.place(places).await?;
	let hold = job.map_or(Hold::Loose, Hold::Job);
	if let Some(size) = held(app, expected, hold).await? {
		if announced.is_some_and(|announced| announced <= DRAIN) {
			let bytes = axum::body::to_bytes(body, DRAIN as usize).await;
			told.bytes = bytes.map_or(0, |bytes| bytes.len() as u64);
		}
		return Ok((expected.ok_or(Error::Closing)?, size, false));
	}
	let Received { id, size, new } = receive(app, body, hold, expected, limit, &mut told.bytes).await?;
	told.blob = Some(id.to_string());
	Ok((id, size, new))
}

/// The size of a blob that is here already, after it was told what for it is kept.
async fn held(app: &App, expected: Option<BlobId>, hold: Hold) -> Result<Option<u64>, Error> {
	let Some(id) = expected.filter(|id| app.store.has(id)) else { return Ok(None) };
	let store = app.store.clone();
	App::blocking(move || {
		let held = store.hold(&id, hold)?;
		let size = store.stat(&id)?.filter(|stat| stat.whole).map(|stat| stat.size);
		Ok(size.filter(|_| held))
	})
	.await
}
