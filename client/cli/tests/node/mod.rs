//! A node that is one as far as `ergon` looks at it: JSON-RPC and HTTP over a map of blobs.

use axum::{
	body::{Body, Bytes},
	extract::{Path, Query, State},
	http::{Response, StatusCode},
	routing::{get, put},
	Router,
};
use codec::{Decode, Encode};
use ergon_primitives::{
	samples::{ECONOMICS, TIMING},
	views::{JobView, Market, ShardView},
	BlobId, BlobLimits, JobId,
};
use jsonrpsee::{
	server::{Server, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use serde_json::{json, Value};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard},
};

/// The test's accounts are whatever the client calls so.
type Account = ergon_client::AccountId;

#[derive(Default)]
pub struct World {
	pub blobs: BTreeMap<String, Vec<u8>>,
	/// What is said of peers that are asked for a blob.
	pub peers: Value,
	pub job: Option<JobView<Account>>,
	pub shards: Vec<ShardView<Account>>,
	pub limits: BlobLimits,
	/// `PUT`s, by their queries.
	pub puts: Vec<String>,
	http: String,
}

/// A running node, which ends when it is dropped.
pub struct Node {
	pub url: String,
	world: Arc<Mutex<World>>,
	_rpc: ServerHandle,
	_runtime: tokio::runtime::Runtime,
}

impl Node {
	pub fn start() -> Self {
		let runtime = tokio::runtime::Runtime::new().unwrap();
		let world = Arc::new(Mutex::new(World { peers: json!([]), ..World::default() }));
		let (url, rpc) = runtime.block_on(async {
			let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
			world.lock().unwrap().http = listener.local_addr().unwrap().to_string();
			let router = Router::new()
				.route("/ipfs/{cid}", get(serve))
				.route("/blobs", put(store))
				.layer(axum::extract::DefaultBodyLimit::disable())
				.with_state(world.clone());
			tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
			let server = Server::builder().build("127.0.0.1:0").await.unwrap();
			let url = format!("ws://{}", server.local_addr().unwrap());
			(url, server.start(methods(world.clone())))
		});
		Self { url, world, _rpc: rpc, _runtime: runtime }
	}

	pub fn world(&self) -> MutexGuard<'_, World> {
		self.world.lock().unwrap()
	}

	pub fn add(&self, bytes: &[u8]) -> BlobId {
		let id = BlobId::of(bytes);
		self.world().blobs.insert(id.to_string(), bytes.to_vec());
		id
	}
}

fn methods(world: Arc<Mutex<World>>) -> RpcModule<Arc<Mutex<World>>> {
	let mut module = RpcModule::new(world);
	for name in [
		"state_getRuntimeVersion",
		"chain_getBlockHash",
		"state_call",
		"compute_blobs",
		"compute_hasBlob",
		"compute_blobStatus",
		"compute_findBlob",
	] {
		module
			.register_method(name, move |params, world, _| {
				let params: Vec<Value> = params.parse().unwrap_or_default();
				answer(name, &params, &world.lock().unwrap())
			})
			.unwrap();
	}
	module
}

fn answer(method: &str, params: &[Value], world: &World) -> Result<Value, ErrorObjectOwned> {
	let text = |place: usize| params.get(place).and_then(Value::as_str).unwrap_or_default();
	let blob = world.blobs.get(text(0));
	Ok(match method {
		"state_getRuntimeVersion" => json!({ "specName": "ergon", "specVersion": 1 }),
		"chain_getBlockHash" => json!(format!("0x{}", "01".repeat(32))),
		"compute_blobs" => {
			json!({ "http": world.http, "maxBlob": 256 << 20, "maxRpcBlob": 10 << 20, "bytes": 0, "blobs": 0 })
		},
		"compute_hasBlob" => json!(blob.is_some()),
		"compute_blobStatus" => {
			let size = blob.map(Vec::len);
			json!({ "here": size.is_some(), "have": size.unwrap_or(0), "total": size, "fetching": false })
		},
		"compute_findBlob" => json!({ "here": blob.is_some(), "peers": world.peers }),
		"state_call" => {
			let data = hex::decode(text(1).trim_start_matches("0x")).unwrap();
			let encoded = match text(0) {
				"ComputeApi_market" => Market {
					block: 7,
					economics: ECONOMICS,
					timing: TIMING,
					blobs: world.limits,
					min_bond: 1,
					available: 0,
					jobs: 1,
				}
				.encode(),
				"ComputeApi_job" => world.job.encode(),
				"ComputeApi_shard" => {
					let (_, index) = <(JobId, u32)>::decode(&mut data.as_slice()).unwrap();
					world.shards.get(index as usize).encode()
				},
				other => return Err(ErrorObjectOwned::owned(1, other, None::<()>)),
			};
			json!(format!("0x{}", hex::encode(encoded)))
		},
		other => return Err(ErrorObjectOwned::owned(-32601, other, None::<()>)),
	})
}

async fn serve(State(world): State<Arc<Mutex<World>>>, Path(cid): Path<String>) -> Response<Body> {
	let world = world.lock().unwrap();
	match world.blobs.get(&cid) {
		Some(bytes) => Response::builder().header("X-Ergon-Found", "here").body(Body::from(bytes.clone())),
		None => {
			let said = json!({ "error": "notFound", "message": "nobody has it", "asked": world.peers });
			Response::builder().status(StatusCode::NOT_FOUND).body(Body::from(said.to_string()))
		},
	}
	.unwrap()
}

async fn store(
	State(world): State<Arc<Mutex<World>>>,
	Query(query): Query<BTreeMap<String, String>>,
	body: Bytes,
) -> Response<Body> {
	let mut world = world.lock().unwrap();
	let id = BlobId::of(&body).to_string();
	let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
	world.puts.push(query.join("&"));
	let said = json!({ "cid": id, "size": body.len() });
	world.blobs.insert(id, body.to_vec());
	Response::builder().status(201).body(Body::from(said.to_string())).unwrap()
}
