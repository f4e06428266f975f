//! A node's JSON-RPC and HTTP that do what a test tells them.

use crate::{blobs::*, ClientOptions};
use axum::{
	body::{Body, Bytes},
	extract::{Path, Query, State},
	http::{header, HeaderMap, Response, StatusCode},
	routing::{get, put},
	Router,
};
use base64::{prelude::BASE64_STANDARD, Engine};
use ergon_primitives::BlobId;
use serde_json::{json, value::RawValue, Value};
use std::{
	collections::{BTreeMap, VecDeque},
	sync::{Arc, Mutex, MutexGuard},
};
use subxt::rpcs::{
	client::{RawRpcFuture, RawRpcSubscription, RpcClientT},
	RpcClient, UserError,
};

/// What the HTTP does with one request, in place of serving it well.
#[derive(Clone, Debug)]
pub enum Trick {
	/// Serves it well.
	None,
	/// Ends the connection after so many bytes.
	CutAfter(usize),
	/// The same, and the next time it begins anew whatever it is asked for.
	IgnoreRange,
	/// Answers with this code and body.
	Say(StatusCode, Value),
	/// Asks to be left alone for so long.
	Busy(u32),
	/// Sends these bytes instead.
	Lie(Vec<u8>),
	/// Sends a part and then nothing more.
	Hang(usize),
	/// Takes a while before it answers.
	Late,
	/// Sends elsewhere.
	Redirect,
}

#[derive(Default)]
pub struct Node {
	pub blobs: BTreeMap<String, Vec<u8>>,
	/// For the requests to come, one each.
	pub tricks: VecDeque<Trick>,
	/// What was asked over HTTP: method, query or range, Authorization.
	pub asked: Vec<(String, String, Option<String>)>,
	/// Methods that were called.
	pub called: Vec<String>,
	/// Where the HTTP is.
	pub http: Option<String>,
	/// Jobs that blobs were put for over JSON-RPC.
	pub jobs: Vec<Value>,
	/// JSON-RPC takes no jobs.
	pub jobless: bool,
	/// An older release, without `compute_blobs` and its like.
	pub old: bool,
}

#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Node>>);

impl Fake {
	pub fn node(&self) -> MutexGuard<'_, Node> {
		self.0.lock().unwrap()
	}

	/// A node with HTTP.
	pub async fn start() -> Self {
		let fake = Self::default();
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		fake.node().http = Some(listener.local_addr().unwrap().to_string());
		let router = Router::new()
			.route("/ipfs/{cid}", get(serve))
			.route("/blobs", put(store))
			.layer(axum::extract::DefaultBodyLimit::disable())
			.with_state(fake.clone());
		tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
		fake
	}

	pub fn blobs(&self) -> Blobs {
		self.blobs_with(ClientOptions::default())
	}

	pub fn blobs_with(&self, options: ClientOptions) -> Blobs {
		Blobs::new("ws://127.0.0.1:9944", RpcClient::new(self.clone()), [1; 32], options)
	}

	pub fn add(&self, bytes: &[u8]) -> BlobId {
		let id = BlobId::of(bytes);
		self.node().blobs.insert(id.to_string(), bytes.to_vec());
		id
	}

	pub fn tricks(&self, tricks: impl IntoIterator<Item = Trick>) {
		self.node().tricks.extend(tricks);
	}

	fn answer(&self, method: &str, params: Value) -> Result<Value, UserError> {
		let mut node = self.node();
		node.called.push(method.to_owned());
		let refused = |code, message: &str| UserError { code, message: message.into(), data: None };
		let first = params[0].as_str().unwrap_or_default();
		Ok(match method {
			"compute_putBlob" if node.jobless && !params[1].is_null() => {
				return Err(refused(-32000, "not from there"))
			},
			"compute_putBlob" => {
				node.jobs.push(params[1].clone());
				let bytes = BASE64_STANDARD.decode(first).unwrap();
				let id = BlobId::of(&bytes).to_string();
				node.blobs.insert(id.clone(), bytes);
				json!(id)
			},
			"compute_getBlob" => match node.blobs.get(first) {
				Some(bytes) if bytes.len() > MAX_RPC_BLOB => return Err(refused(8002, "too large")),
				found => json!(found.map(|bytes| BASE64_STANDARD.encode(bytes))),
			},
			_ if node.old => return Err(refused(-32601, "Method not found")),
			"compute_blobs" => json!({
				"http": node.http, "maxBlob": 256 << 20, "maxRpcBlob": MAX_RPC_BLOB, "bytes": 0, "blobs": 0,
			}),
			"compute_blobStatus" => {
				json!({ "here": false, "have": 5, "total": 10, "fetching": true })
			},
			"compute_findBlob" => {
				json!({ "here": node.blobs.contains_key(first), "peers": [{ "peer": "12D3", "has": null }] })
			},
			"compute_spreadBlob" => json!({ "peers": 2, "others": 1 }),
			other => return Err(refused(-32601, other)),
		})
	}
}

impl RpcClientT for Fake {
	fn request_raw<'a>(
		&'a self,
		method: &'a str,
		params: Option<Box<RawValue>>,
	) -> RawRpcFuture<'a, Box<RawValue>> {
		let params = params.map_or(Value::Null, |params| serde_json::from_str(params.get()).unwrap());
		let answer = self.answer(method, params);
		Box::pin(async move { Ok(serde_json::value::to_raw_value(&answer?).unwrap()) })
	}

	fn subscribe_raw<'a>(
		&'a self,
		_: &'a str,
		_: Option<Box<RawValue>>,
		_: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		panic!("blobs subscribe to nothing")
	}
}

async fn serve(State(fake): State<Fake>, Path(cid): Path<String>, headers: HeaderMap) -> Response<Body> {
	let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
	let (trick, bytes) = {
		let mut node = fake.node();
		node.asked.push(("GET".into(), range.clone().unwrap_or_default(), None));
		(node.tricks.pop_front().unwrap_or(Trick::None), node.blobs.get(&cid).cloned())
	};
	let mut range = range;
	if matches!(trick, Trick::IgnoreRange) {
		range = None;
	}
	let say = |status: StatusCode, body: Value| {
		Response::builder().status(status).body(Body::from(body.to_string())).unwrap()
	};
	match trick {
		Trick::Late => tokio::time::sleep(std::time::Duration::from_millis(1_200)).await,
		Trick::Say(status, body) => return say(status, body),
		Trick::Busy(seconds) => {
			let busy = Response::builder().status(503).header("Retry-After", seconds);
			return busy.body(Body::from(r#"{"error":"busy","message":"later"}"#)).unwrap();
		},
		Trick::Redirect => {
			let away = Response::builder().status(302).header("Location", "http://127.0.0.1:1/");
			return away.body(Body::empty()).unwrap();
		},
		_ => {},
	}
	let bytes = match (&trick, bytes) {
		(Trick::Lie(other), _) => other.clone(),
		(_, Some(bytes)) => bytes,
		(_, None) => {
			let asked = json!([{ "peer": "12D3", "has": false }, { "peer": "12D4", "has": null }]);
			return say(
				StatusCode::NOT_FOUND,
				json!({ "error": "notFound", "message": "no", "asked": asked }),
			);
		},
	};
	let from: usize = range.map_or(0, |range| range["bytes=".len()..].trim_end_matches('-').parse().unwrap());
	let rest = Bytes::from(bytes).slice(from..);
	let mut response =
		Response::builder().header("X-Ergon-Found", "network").header("Content-Length", rest.len());
	if from > 0 {
		let total = from + rest.len();
		response = response
			.status(StatusCode::PARTIAL_CONTENT)
			.header("Content-Range", format!("bytes {from}-{}/{total}", total - 1));
	}
	let cut = std::io::Error::other("told to");
	let body = match trick {
		Trick::CutAfter(len) => {
			let first = rest.slice(..len);
			Body::from_stream(futures::stream::iter([Ok(first), Err(cut)]))
		},
		Trick::Hang(len) => {
			use futures::StreamExt;
			let first = futures::stream::iter([Ok::<_, std::io::Error>(rest.slice(..len))]);
			Body::from_stream(first.chain(futures::stream::pending()))
		},
		_ => Body::from(rest),
	};
	response.body(body).unwrap()
}

async fn store(
	State(fake): State<Fake>,
	Query(query): Query<BTreeMap<String, String>>,
	headers: HeaderMap,
	body: Bytes,
) -> Response<Body> {
	let signed = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
	let mut node = fake.node();
	let asked = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
	node.asked.push(("PUT".into(), asked, signed));
	match node.tricks.pop_front() {
		Some(Trick::Busy(seconds)) => {
			let busy = Response::builder().status(429).header("Retry-After", seconds);
			return busy.body(Body::from(r#"{"error":"busy"}"#)).unwrap();
		},
		Some(Trick::Say(status, said)) => {
			return Response::builder().status(status).body(Body::from(said.to_string())).unwrap()
		},
		_ => {},
	}
	let id = BlobId::of(&body).to_string();
	let said = json!({ "cid": id, "size": body.len() });
	node.blobs.insert(id, body.to_vec());
	Response::builder().status(201).body(Body::from(said.to_string())).unwrap()
}
