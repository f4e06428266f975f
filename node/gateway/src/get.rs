//! `GET` and `HEAD /ipfs/{cid}`.

use crate::{
	app::{App, Found},
	body::Source,
	conditions,
	format::{self, Format},
	query::Query,
	range::{self, RangeError, Wanted},
	sniff, Error,
};
use axum::{
	body::Body,
	extract::Request,
	http::{
		header::{
			ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
			ETAG, VARY,
		},
		request::Parts,
		HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
	},
	response::{IntoResponse, Response},
};
use bytes::Bytes;
use ergon_primitives::{blob::LEAF, BlobId};
use std::{sync::Arc, time::Duration};
use tracing::{debug, info, warn};

/// How long a blob is looked for when the request does not say.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest that it is looked for.
const MAX_TIMEOUT: Duration = Duration::from_secs(600);

const FOUND: HeaderName = HeaderName::from_static("x-ergon-found");
const IPFS_PATH: HeaderName = HeaderName::from_static("x-ipfs-path");
const IPFS_ROOTS: HeaderName = HeaderName::from_static("x-ipfs-roots");
/// What has a name like these never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=29030400, immutable");

pub(crate) async fn answer(app: Arc<App>, request: Request) -> Response {
	// The body, if anyone sends one, is none of ours.
	let (parts, _) = request.into_parts();
	match get(&app, &parts).await {
		Ok(response) => response,
		Err(error) => {
			let (path, cause) = (parts.uri.path(), error.cause());
			match error.status().as_u16() {
				500 | 502 | 507 => warn!(path, %error, cause, "a blob could not be given"),
				503 | 504 => info!(path, %error, cause, "a blob could not be given"),
				_ => debug!(path, %error, "a blob could not be given"),
			}
			error.into_response()
		},
	}
}

async fn get(app: &Arc<App>, request: &Parts) -> Result<Response, Error> {
	let name = request.uri.path().strip_prefix("/ipfs/").ok_or(Error::Path)?;
	let id: BlobId = name.parse()?;
	let query = Query::parse(request.uri.query())?;
	let timeout = query.number("timeout", query.timeout.as_deref())?;
	let timeout = timeout.map_or(TIMEOUT, Duration::from_secs).min(MAX_TIMEOUT);
	let format = format::wanted(query.format.as_deref(), &request.headers).ok_or(Error::Format)?;
	let tag = match format {
		Format::File => format!("\"{id}\""),
		Format::Block => format!("\"{id}.raw\""),
	};
	if conditions::none_match(&request.headers, &tag) {
		let mut response = StatusCode::NOT_MODIFIED.into_response();
		response.headers_mut().extend(common(&id, &tag));
		return Ok(response);
	}
	let only_here = conditions::only_if_cached(&request.headers);
	let found = present(app, id, format, only_here, timeout).await?;
	let mut response = match format {
		Format::File => file(app, id, request, &tag, timeout).await?,
		Format::Block => block(app, id, request, &tag).await?,
	};
	let headers = response.headers_mut();
	headers.extend(common(&id, &tag));
	let found = if found == Found::Here { "here" } else { "network" };
	headers.insert(FOUND, HeaderValue::from_static(found));
	Ok(response)
}

/// Makes sure that what is wanted is here.
async fn present(
	app: &App,
	id: BlobId,
	format: Format,
	only_here: bool,
	within: Duration,
) -> Result<Found, Error> {
	let here = match format {
		Format::File => app.store.has(&id),
		Format::Block => app.store.has_block(&id),
	};
	match (here, only_here) {
		(true, _) => Ok(Found::Here),
		(false, true) => Err(Error::NotCached),
		(false, false) => {
			app.fetch(id, within).await?;
			Ok(Found::Network)
		},
	}
}

async fn file(
	app: &Arc<App>,
	id: BlobId,
	request: &Parts,
	tag: &str,
	heal: Duration,
) -> Result<Response, Error> {
	// Gone between two looks: as if nobody had it.
	let mut source = Source::open(app, id, heal).await?.ok_or_else(|| Error::NotFound(Vec::new()))?;
	let size = source.size();
	let wanted = part(request, tag, size)?;
	let place = match size > LEAF as u64 && request.method == Method::GET {
		true => Some(app.place(&app.downloads).await?),
		false => None,
	};
	let start = source.read(0, size).await?;
	let kind = sniff::kind(&start, start.len() as u64 == size);
	let (from, end) = bounds(wanted, size);
	let mut response = partial(wanted, size);
	let headers = response.headers_mut();
	headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind.name));
	if !kind.shown {
		headers.insert(CONTENT_DISPOSITION, attachment(&id));
	}
	if request.method == Method::HEAD {
		return Ok(response);
	}
	let first = match from < start.len() as u64 {
		true => start.slice(from as usize..end.min(start.len() as u64) as usize),
		false => source.read(from, end).await?,
	};
	*response.body_mut() = match first.len() as u64 == end - from {
		true => all(app, first),
		false => source.stream(from..end, first, place),
	};
	Ok(response)
}

async fn block(app: &Arc<App>, id: BlobId, request: &Parts, tag: &str) -> Result<Response, Error> {
	let store = app.store.clone();
	let bytes = App::blocking(move || store.block(&id)).await?.ok_or_else(|| Error::NotFound(Vec::new()))?;
	let size = bytes.len() as u64;
	let wanted = part(request, tag, size)?;
	let (from, end) = bounds(wanted, size);
	let mut response = partial(wanted, size);
	let headers = response.headers_mut();
	headers.insert(CONTENT_TYPE, HeaderValue::from_static(format::RAW_TYPE));
	headers.insert(CONTENT_DISPOSITION, attachment(&id));
	if request.method == Method::GET {
		*response.body_mut() = all(app, bytes.slice(from as usize..end as usize));
	}
	Ok(response)
}

/// Which part a request wants of so many bytes. Only `GET` has ranges.
fn part(request: &Parts, tag: &str, size: u64) -> Result<Wanted, Error> {
	let header = match request.method {
		Method::GET => conditions::range(&request.headers, tag),
		_ => None,
	};
	range::wanted(header, size).map_err(|error| match error {
		RangeError::Syntax => Error::RangeSyntax,
		RangeError::OutOfBounds => Error::RangeBounds(size),
	})
}

fn bounds(wanted: Wanted, size: u64) -> (u64, u64) {
	match wanted {
		Wanted::Whole => (0, size),
		Wanted::Part { start, end } => (start, end),
	}
}

/// Status and headers that say which part of `size` bytes follows.
fn partial(wanted: Wanted, size: u64) -> Response {
	let mut response = Response::new(Body::empty());
	let headers = response.headers_mut();
	headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
	let (start, end) = bounds(wanted, size);
	headers.insert(CONTENT_LENGTH, HeaderValue::from(end - start));
	if let Wanted::Part { .. } = wanted {
		if let Ok(range) = format!("bytes {start}-{}/{size}", end - 1).try_into() {
			headers.insert(CONTENT_RANGE, range);
		}
		*response.status_mut() = StatusCode::PARTIAL_CONTENT;
	}
	response
}

fn all(app: &App, bytes: Bytes) -> Body {
	app.metrics.sent(bytes.len() as u64);
	Body::from(bytes)
}

/// What every answer says of a blob.
fn common(id: &BlobId, tag: &str) -> HeaderMap {
	let mut headers = HeaderMap::with_capacity(12);
	headers.insert(CACHE_CONTROL, FOREVER);
	headers.insert(VARY, HeaderValue::from_static("Accept"));
	// Names consist of letters and digits, so that these always fit.
	let named = [(ETAG, tag.to_owned()), (IPFS_PATH, format!("/ipfs/{id}")), (IPFS_ROOTS, id.to_string())];
	for (name, value) in named {
		if let Ok(value) = value.try_into() {
			headers.insert(name, value);
		}
	}
	headers
}

fn attachment(id: &BlobId) -> HeaderValue {
	format!("attachment; filename=\"{id}.bin\"")
		.try_into()
		.unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
