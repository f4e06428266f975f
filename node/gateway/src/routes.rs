//! Which paths there are, and what every answer has in common.

use crate::{app::App, get, put, Error};
use axum::{
	body::Body,
	extract::{Request, State},
	http::{
		header::{
			ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
			ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CONTENT_SECURITY_POLICY,
			X_CONTENT_TYPE_OPTIONS,
		},
		HeaderName, HeaderValue, Method, StatusCode,
	},
	response::{IntoResponse, Response},
	routing::any,
	Router,
};
use hyper::{body::Incoming, service::Service};
use hyper_util::service::TowerToHyperService;
use std::{net::SocketAddr, sync::Arc};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// On every answer: any page may read it (none is about who asks), and no browser runs it.
const COMMON: [(HeaderName, HeaderValue); 5] = [
	(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
	(
		ACCESS_CONTROL_EXPOSE_HEADERS,
		HeaderValue::from_static(
			"Content-Length, Content-Range, ETag, Location, Retry-After, X-Ergon-Found, X-Ipfs-Path, X-Ipfs-Roots",
		),
	),
	(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
	(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
	(RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
];

/// On the answer to a browser that asks whether a page may send its request.
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
	(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT")),
	(
		ACCESS_CONTROL_ALLOW_HEADERS,
		HeaderValue::from_static(
			"Authorization, Cache-Control, Content-Type, If-None-Match, If-Range, Range",
		),
	),
	(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200")),
];

/// Who is at the other end, by the socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// All paths.
#[derive(Clone)]
pub(crate) struct Routes {
	router: TowerToHyperService<Router>,
	app: Arc<App>,
}

pub(crate) fn all(app: Arc<App>) -> Routes {
	let router = Router::new()
		.route("/blobs", any(blobs))
		.route("/ipfs/{cid}", any(ipfs))
		.fallback(|| async { Error::Path })
		.with_state(app.clone());
	Routes { router: TowerToHyperService::new(router), app }
}

impl Routes {
	/// Answers a request of a peer.
	pub(crate) async fn answer(&self, request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
		let method = request.method().clone();
		let mut request = request.map(Body::new);
		request.extensions_mut().insert(Peer(peer));
		let mut response = match self.router.call(request).await {
			Ok(response) => response,
			Err(never) => match never {},
		};
		response.headers_mut().extend(COMMON);
		self.app.metrics.answered(&method, response.status());
		response
	}
}

async fn blobs(State(app): State<Arc<App>>, request: Request) -> Response {
	match *request.method() {
		Method::PUT => put::answer(app, request).await,
		Method::OPTIONS => preflight(),
		_ => Error::Method("PUT").into_response(),
	}
}

async fn ipfs(State(app): State<Arc<App>>, request: Request) -> Response {
	match *request.method() {
		Method::GET | Method::HEAD => get::answer(app, request).await,
		Method::OPTIONS => preflight(),
		_ => Error::Method("GET, HEAD").into_response(),
	}
}

fn preflight() -> Response {
	let mut response = StatusCode::NO_CONTENT.into_response();
	response.headers_mut().extend(PREFLIGHT);
	response
}
