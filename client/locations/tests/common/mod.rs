//! A web server on loopback that answers as a test wants, well or badly.
#![allow(clippy::unwrap_used, dead_code, reason = "tests fail by panics; each uses a part of this")]

use ergon_locations::{HintPolicy, Hints, Limits, Resolver};
use futures::future::BoxFuture;
use std::{
	collections::BTreeMap,
	io,
	net::SocketAddr,
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
	net::TcpListener,
};
use tokio_rustls::{
	rustls::{
		pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
		ServerConfig,
	},
	TlsAcceptor,
};

pub const CA: &[u8] = include_bytes!("../tls/ca.pem");

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
	pub method: String,
	pub target: String,
	/// Names in lower case.
	pub headers: BTreeMap<String, String>,
	pub body: Vec<u8>,
}

impl Request {
	pub fn host(&self) -> &str {
		&self.headers["host"]
	}
}

/// What is answered: a head as it goes over the line, and a body.
pub struct Reply {
	pub head: String,
	pub body: Body,
}

pub enum Body {
	Bytes(Vec<u8>),
	/// Zeros until the other side has had enough.
	Endless,
	/// A byte every so often.
	Trickle(Duration),
	/// Nothing, and the connection stays.
	Silence,
}

/// What the clouds say of an object, and clients expect.
pub const OBJECT: &str = "last-modified: Sat, 21 Nov 2026 00:00:00 GMT\r\netag: \"x\"\r\n";

impl Reply {
	pub fn ok(body: impl Into<Vec<u8>>) -> Self {
		Self::with(200, OBJECT, body)
	}

	pub fn status(status: u16) -> Self {
		Self::with(status, "", "")
	}

	pub fn with(status: u16, headers: &str, body: impl Into<Vec<u8>>) -> Self {
		let body = body.into();
		let head = format!(
			"HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}connection: close\r\n\r\n",
			body.len()
		);
		Self { head, body: Body::Bytes(body) }
	}

	pub fn redirect(to: &str) -> Self {
		Self::with(302, &format!("location: {to}\r\n"), "")
	}

	/// A head that does not say how long the body is.
	pub fn open(status: u16, body: Body) -> Self {
		Self { head: format!("HTTP/1.1 {status} x\r\nconnection: close\r\n\r\n"), body }
	}
}

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// Serves until it is dropped.
pub struct Server {
	pub address: SocketAddr,
	seen: Arc<Mutex<Vec<Request>>>,
	task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
	fn drop(&mut self) {
		self.task.abort();
	}
}

impl Server {
	pub async fn plain(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
		Self::start("127.0.0.1:0", None, answer).await
	}

	pub async fn tls(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
		Self::tls_at("127.0.0.1:0", answer).await
	}

	pub async fn tls_at(at: &str, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
		let certificates = vec![CertificateDer::from_pem_slice(include_bytes!("../tls/server.pem")).unwrap()];
		let key = PrivateKeyDer::from_pem_slice(include_bytes!("../tls/server.key")).unwrap();
		let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
		let config =
			ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
		let config = config.with_no_client_auth().with_single_cert(certificates, key).unwrap();
		Self::start(at, Some(TlsAcceptor::from(Arc::new(config))), answer).await
	}

	async fn start(
		at: &str,
		tls: Option<TlsAcceptor>,
		answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
	) -> Self {
		let listener = TcpListener::bind(at).await.unwrap();
		let address = listener.local_addr().unwrap();
		let seen = Arc::new(Mutex::new(Vec::new()));
		let (answer, asked): (Arc<Answer>, _) = (Arc::new(answer), seen.clone());
		let task = tokio::spawn(async move {
			while let Ok((stream, _)) = listener.accept().await {
				let (answer, asked, tls) = (answer.clone(), asked.clone(), tls.clone());
				tokio::spawn(async move {
					// Whoever hangs up early ends only this connection.
					let _ = match tls {
						Some(tls) => match tls.accept(stream).await {
							Ok(stream) => serve(stream, &*answer, &asked).await,
							Err(error) => Err(error),
						},
						None => serve(stream, &*answer, &asked).await,
					};
				});
			}
		});
		Self { address, seen, task }
	}

	/// What was asked so far.
	pub fn seen(&self) -> Vec<Request> {
		self.seen.lock().unwrap().clone()
	}
}

async fn serve(
	mut stream: impl AsyncRead + AsyncWrite + Unpin,
	answer: &Answer,
	seen: &Mutex<Vec<Request>>,
) -> io::Result<()> {
	let mut head = Vec::new();
	while !head.ends_with(b"\r\n\r\n") {
		head.push(stream.read_u8().await?);
	}
	let head = String::from_utf8(head).unwrap();
	let mut lines = head.lines();
	let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
	let (method, target) = (first.next().unwrap(), first.next().unwrap());
	let headers: BTreeMap<_, _> = lines
		.filter_map(|line| line.split_once(':'))
		.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
		.collect();
	let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
	let mut body = vec![0; length];
	stream.read_exact(&mut body).await?;
	let request = Request { method, target, headers, body };
	let mut reply = answer(&request);
	if request.method == "HEAD" {
		reply.body = Body::Bytes(vec![]);
	}
	seen.lock().unwrap().push(request);
	stream.write_all(reply.head.as_bytes()).await?;
	match reply.body {
		Body::Bytes(bytes) => stream.write_all(&bytes).await?,
		Body::Endless => loop {
			stream.write_all(&[0; 1 << 16]).await?;
		},
		Body::Trickle(every) => loop {
			stream.write_all(b"x").await?;
			stream.flush().await?;
			tokio::time::sleep(every).await;
		},
		Body::Silence => {
			stream.flush().await?;
			std::future::pending::<()>().await;
		},
	}
	stream.shutdown().await
}

/// Names as a test wants them, in the order asked for.
#[derive(Default)]
pub struct Names {
	known: BTreeMap<&'static str, SocketAddr>,
	asked: Mutex<Vec<String>>,
}

impl Names {
	pub fn new(known: impl IntoIterator<Item = (&'static str, SocketAddr)>) -> Arc<Self> {
		Arc::new(Self { known: known.into_iter().collect(), asked: Mutex::default() })
	}

	pub fn asked(&self) -> Vec<String> {
		self.asked.lock().unwrap().clone()
	}
}

impl Resolver for Names {
	fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
		let found = self.known.get(host.as_str()).map(|address| vec![*address]);
		self.asked.lock().unwrap().push(host);
		Box::pin(async move { found.ok_or_else(|| io::ErrorKind::NotFound.into()) })
	}
}

/// Short ones, so that tests of bad servers end soon.
pub fn limits() -> Limits {
	Limits {
		connect: Duration::from_secs(10),
		answer: Duration::from_secs(4),
		total: Duration::from_secs(30),
		slowest: 1000,
		grace: Duration::from_secs(2),
	}
}

/// The guard as it is for strangers, but that it trusts the tests' authority.
pub fn policy(names: &Arc<Names>) -> HintPolicy {
	HintPolicy { limits: limits(), resolver: names.clone(), roots: vec![CA.into()], ..HintPolicy::default() }
}

/// Hints that may go to `127.0.0.1`, and nowhere else where they should not.
pub fn to_loopback(names: &Arc<Names>) -> Hints {
	Hints::new(HintPolicy { exceptions: vec!["127.0.0.1".parse().unwrap()], ..policy(names) })
}

/// Bytes that are not all alike.
pub fn bytes(length: usize) -> Vec<u8> {
	(0..length).map(|i| (i * 7 + i / 251) as u8).collect()
}
