use crate::{
	app::App,
	connection::{self, Timed},
	metrics::Connected,
	origin, routes, Parts,
};
use hyper::{server::conn::http1, service::service_fn, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
	collections::HashMap,
	convert::Infallible,
	future::poll_fn,
	io,
	net::{IpAddr, SocketAddr, TcpListener as StdListener},
	sync::{
		mpsc::{channel, Receiver},
		Arc, Mutex, PoisonError,
	},
	time::Duration,
};
use tokio::{
	net::{TcpListener, TcpStream},
	runtime::Handle,
	sync::{watch, OwnedSemaphorePermit, Semaphore},
};
use tracing::{debug, warn};

/// The most bytes of a request's head.
const MAX_HEAD: usize = 16 << 10;
/// How much of a body is read ahead of what the store takes, at most.
const READ_AHEAD: usize = 256 << 10;

/// A socket that listens and is not served yet.
#[derive(Debug)]
pub struct Listening {
	listener: StdListener,
	address: SocketAddr,
}

impl Listening {
	/// Binds to an address; port 0 stands for any that is free.
	pub fn bind(address: SocketAddr) -> io::Result<Self> {
		let listener = StdListener::bind(address)?;
		listener.set_nonblocking(true)?;
		let address = listener.local_addr()?;
		Ok(Self { listener, address })
	}

	/// Where it listens.
	pub fn address(&self) -> SocketAddr {
		self.address
	}

	/// Serves until the returned value is dropped.
	pub fn serve(self, parts: Parts, runtime: &Handle) -> io::Result<Gateway> {
		let (closing, closed) = watch::channel(false);
		let (ended, end) = channel();
		let _context = runtime.enter();
		let listener = TcpListener::from_std(self.listener)?;
		runtime.spawn(async move {
			accept(listener, Arc::new(App::new(parts)), closed).await;
			// Nobody may wait for it.
			let _ = ended.send(());
		});
		Ok(Gateway { address: self.address, closing, end: Mutex::new(end) })
	}
}

/// A gateway at work. When it is dropped, no connection is accepted any more, and requests under way are given a short time;
/// outside of async code the drop waits for them.
#[derive(Debug)]
pub struct Gateway {
	address: SocketAddr,
	closing: watch::Sender<bool>,
	end: Mutex<Receiver<()>>,
}

impl Gateway {
	/// Where it listens.
	pub fn address(&self) -> SocketAddr {
		self.address
	}
}

impl Drop for Gateway {
	fn drop(&mut self) {
		let _ = self.closing.send(true);
		if Handle::try_current().is_err() {
			let _ = self.end.lock().unwrap_or_else(PoisonError::into_inner).recv();
		}
	}
}

/// How many connections each address has.
type Addresses = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// What a connection occupies.
struct Place {
	_connection: OwnedSemaphorePermit,
	_counted: Connected,
	address: Option<(IpAddr, Addresses)>,
}

impl Drop for Place {
	fn drop(&mut self) {
		let Some((ip, addresses)) = &self.address else { return };
		let mut addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner);
		if let Some(count) = addresses.get_mut(ip) {
			*count -= 1;
			if *count == 0 {
				addresses.remove(ip);
			}
		}
	}
}

async fn accept(listener: TcpListener, app: Arc<App>, mut closed: watch::Receiver<bool>) {
	let limits = app.limits;
	let places = Arc::new(Semaphore::new(limits.connections));
	let addresses = Addresses::default();
	let routes = routes::all(app.clone());
	let mut closing = closed.clone();
	let accepting = async {
		loop {
			let Ok(place) = places.clone().acquire_owned().await else { return };
			let (stream, peer) = match listener.accept().await {
				Ok(accepted) => accepted,
				Err(error) => {
					// One connection that went wrong, or no file handles: a moment later it may go on.
					debug!(%error, "a connection could not be accepted");
					tokio::time::sleep(Duration::from_millis(50)).await;
					continue;
				},
			};
			let Some(address) = admit(&addresses, &peer, limits.per_address) else {
				debug!(%peer, "refused a connection: the address has too many");
				continue;
			};
			let place = Place { _connection: place, _counted: app.metrics.connected(), address };
			let (routes, closed) = (routes.clone(), closed.clone());
			tokio::spawn(async move {
				serve(stream, peer, routes, &limits, closed).await;
				drop(place);
			});
		}
	};
	tokio::select! {
		() = accepting => {},
		_ = closing.wait_for(|closing| *closing) => {},
	}
	drop(listener);
	closed.mark_unchanged();
	let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
	if tokio::time::timeout(limits.drain, places.acquire_many(all)).await.is_err() {
		warn!("requests for blobs were still under way when the node ended");
	}
}

/// Counts a connection of an address, unless it has as many as it may; this machine's programs have no such bound.
fn admit(addresses: &Addresses, peer: &SocketAddr, most: usize) -> Option<Option<(IpAddr, Addresses)>> {
	if origin::is_local(peer) {
		return Some(None);
	}
	let ip = peer.ip().to_canonical();
	let mut counts = addresses.lock().unwrap_or_else(PoisonError::into_inner);
	let count = counts.entry(ip).or_default();
	if *count >= most {
		return None;
	}
	*count += 1;
	Some(Some((ip, addresses.clone())))
}

async fn serve(
	stream: TcpStream,
	peer: SocketAddr,
	routes: routes::Routes,
	limits: &crate::Limits,
	mut closed: watch::Receiver<bool>,
) {
	// What is written is whole: waiting for more only delays it.
	let _ = stream.set_nodelay(true);
	let service = service_fn(move |request: Request<hyper::body::Incoming>| {
		let routes = routes.clone();
		Box::pin(async move { Ok::<_, Infallible>(routes.answer(request, peer).await) })
	});
	let mut connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(limits.head)
		.max_header_size(MAX_HEAD)
		.max_buf_size(READ_AHEAD)
		.serve_connection(TokioIo::new(Timed::new(stream, limits.stall)), service);
	let mut closing = false;
	let served = loop {
		tokio::select! {
			served = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break served,
			_ = closed.wait_for(|closing| *closing), if !closing => {
				closing = true;
				std::pin::Pin::new(&mut connection).graceful_shutdown();
			},
		}
	};
	match served {
		Ok(()) => connection::end(connection.into_parts().io.into_inner().into_inner()).await,
		Err(error) if error.is_parse() => {
			// Answered by hyper with 400 or 431 where it could be.
			debug!(%peer, %error, "not a request");
			connection::end(connection.into_parts().io.into_inner().into_inner()).await;
		},
		Err(error) => debug!(%peer, %error, "a connection ended early"),
	}
}
