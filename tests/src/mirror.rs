//! A web server with blobs under their names, over TLS, for hints.

use std::{
	collections::BTreeMap,
	io::{Read, Write},
	net::{SocketAddr, TcpListener, TcpStream},
	path::PathBuf,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	thread,
};

use ergon_primitives::BlobId;
use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	ServerConfig, ServerConnection, Stream,
};

use crate::programs::root;

/// Serves `https://localhost:PORT/CID` on threads that end with the test.
pub struct Mirror {
	address: SocketAddr,
	connections: Arc<AtomicUsize>,
	asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
	/// Serves these bytes under their names.
	pub fn of(blobs: &[&[u8]]) -> Self {
		Self::with(blobs.iter().map(|bytes| (BlobId::of(bytes).to_string(), bytes.to_vec())).collect())
	}

	/// Serves these bytes under whatever names.
	pub fn with(blobs: BTreeMap<String, Vec<u8>>) -> Self {
		let read = |name| std::fs::read(certificates().join(name)).expect("the checkout has certificates");
		let certificate = CertificateDer::from_pem_slice(&read("server.pem")).expect("it is a certificate");
		let key = PrivateKeyDer::from_pem_slice(&read("server.key")).expect("it is a key");
		let provider = Arc::new(rustls::crypto::ring::default_provider());
		let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
		let config = config.expect("ring speaks TLS 1.3; qed").with_no_client_auth();
		let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("the key fits"));

		let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
		let address = listener.local_addr().expect("a bound socket has an address; qed");
		let (connections, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
		let (knocks, targets, blobs) = (connections.clone(), asked.clone(), Arc::new(blobs));
		thread::spawn(move || {
			for stream in listener.incoming().flatten() {
				knocks.fetch_add(1, Ordering::Relaxed);
				let (config, blobs, targets) = (config.clone(), blobs.clone(), targets.clone());
				// Whoever hangs up ends only its own thread.
				thread::spawn(move || serve(stream, config, &blobs, &targets));
			}
		});
		Self { address, connections, asked }
	}

	/// The hint for all its blobs.
	pub fn hint(&self) -> String {
		format!("https://localhost:{}/{{cid}}", self.address.port())
	}

	/// How often somebody connected, for whatever.
	pub fn connections(&self) -> usize {
		self.connections.load(Ordering::Relaxed)
	}

	/// The names that were asked for.
	pub fn asked(&self) -> Vec<String> {
		self.asked.lock().expect("no thread panics with it; qed").clone()
	}

	/// The variable of the environment that makes a worker trust it.
	pub fn trusted() -> (&'static str, PathBuf) {
		("SSL_CERT_FILE", certificates().join("ca.pem"))
	}
}

fn certificates() -> PathBuf {
	root().join("client/locations/tests/tls")
}

fn serve(
	mut stream: TcpStream,
	config: Arc<ServerConfig>,
	blobs: &BTreeMap<String, Vec<u8>>,
	asked: &Mutex<Vec<String>>,
) -> Option<()> {
	let mut connection = ServerConnection::new(config).ok()?;
	let mut stream = Stream::new(&mut connection, &mut stream);
	let mut head = Vec::new();
	let mut byte = [0];
	while !head.ends_with(b"\r\n\r\n") && head.len() < 1 << 16 {
		stream.read_exact(&mut byte).ok()?;
		head.push(byte[0]);
	}
	let head = String::from_utf8(head).ok()?;
	let name = head.split(' ').nth(1)?.trim_start_matches('/').to_owned();
	let found = blobs.get(&name);
	asked.lock().ok()?.push(name);
	let (status, body) = found.map_or(("404 Not Found", &[][..]), |bytes| ("200 OK", bytes));
	let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
	stream.write_all(head.as_bytes()).ok()?;
	stream.write_all(body).ok()?;
	stream.conn.send_close_notify();
	stream.flush().ok()
}
