//! Fetching from where a job says that its blobs can be had. Strangers write that.

use crate::{
	cloud,
	error::{FetchError, Refusal, Why},
	guard::{Resolver, Rules, SystemResolver},
	location::{Location, Place, Scheme},
	pour::{pour, Sink},
	web::Web,
	Limits,
};
use ergon_primitives::{hint::CID_IN_URL, BlobId, Hint};
use std::{fmt, net::IpAddr, sync::Arc};
use tokio::{sync::OnceCell, time::timeout};

/// Which hints are followed.
#[derive(Clone)]
pub struct HintPolicy {
	/// These schemes; none of them: hints are off. Only [`Scheme::OF_HINTS`] count.
	pub schemes: Vec<Scheme>,
	/// Private, loopback and other special addresses too, and any port: for test networks.
	pub private: bool,
	/// These addresses too, whatever they are, on port 443: a mirror in the machine's own network.
	pub exceptions: Vec<IpAddr>,
	/// Bounds on each fetch.
	pub limits: Limits,
	/// Who looks names up.
	pub resolver: Arc<dyn Resolver>,
	/// Certificates (PEM) of authorities that are trusted besides the system's.
	pub roots: Vec<Vec<u8>>,
}

impl Default for HintPolicy {
	fn default() -> Self {
		Self {
			schemes: Scheme::OF_HINTS.into(),
			private: false,
			exceptions: Vec::new(),
			limits: Limits::default(),
			resolver: Arc::new(SystemResolver),
			roots: Vec::new(),
		}
	}
}

impl fmt::Debug for HintPolicy {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("HintPolicy")
			.field("schemes", &self.schemes)
			.field("private", &self.private)
			.field("exceptions", &self.exceptions)
			.field("limits", &self.limits)
			.finish_non_exhaustive()
	}
}

/// Follows hints, under a policy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hints(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	policy: HintPolicy,
	/// Made when it is first needed: it reads the system's certificates, which a machine without hints need not have.
	web: OnceCell<Web>,
}

impl Hints {
	/// Connects to nothing yet.
	pub fn new(policy: HintPolicy) -> Self {
		Self(Arc::new(Inner { policy, web: OnceCell::new() }))
	}

	/// Hints that are not followed.
	pub fn off() -> Self {
		Self::new(HintPolicy { schemes: Vec::new(), ..HintPolicy::default() })
	}

	/// The URLs of a job's hints where this blob may be, those that name it first.
	pub fn of_job<'a>(hints: &'a [Hint], id: &BlobId) -> Vec<&'a str> {
		let named = hints.iter().filter(|hint| hint.blob.as_ref() == Some(id));
		let all = hints.iter().filter(|hint| hint.blob.is_none());
		// One without a name and without a place for it cannot be on chain.
		let urls = named
			.chain(all)
			.filter_map(|hint| hint.url().filter(|url| hint.blob.is_some() || url.contains(CID_IN_URL)));
		urls.collect()
	}

	/// Fetches a blob of at most `max` bytes from where the hint says, into the sink, and gives its size.
	///
	/// Whatever the URL says, nothing but a public address is connected to (see [`crate::address`]), nobody is told who
	/// this machine is, and no more than `max` bytes are taken. If it fails, what the sink got is to be thrown away.
	pub async fn fetch(&self, url: &str, id: &BlobId, max: u64, sink: Sink<'_>) -> Result<u64, FetchError> {
		let location = Location::parse_hint(url).map_err(|error| Why::from(error).at("a hint"))?;
		let within = self.0.policy.limits.total;
		match timeout(within, self.fetch_from(&location, id, max, sink)).await {
			Ok(done) => done.map_err(|why| why.at(&location)),
			Err(_) => Err(Why::Deadline(within).at(&location)),
		}
	}

	async fn fetch_from(
		&self,
		location: &Location,
		id: &BlobId,
		max: u64,
		sink: Sink<'_>,
	) -> Result<u64, Why> {
		let policy = &self.0.policy;
		if policy.schemes.is_empty() {
			return Err(Refusal::Off.into());
		}
		if !policy.schemes.contains(&location.scheme()) {
			return Err(Refusal::Scheme(location.scheme()).into());
		}
		let web = self.0.web.get_or_try_init(|| async {
			let rules = Rules { private: policy.private, exceptions: policy.exceptions.clone() };
			Web::guarded(rules, policy.resolver.clone(), &policy.roots, policy.limits)
		});
		let web = web.await?;
		let object = match location.place(id)? {
			Place::Web(url) => return pour(web.get(url).await?, id, max, &policy.limits, sink).await,
			Place::S3(bucket) => cloud::public_s3(web, bucket).await?,
			Place::Gs(bucket) => cloud::public_gs(web, bucket)?,
			Place::Az(container) => cloud::public_az(web, container)?,
			Place::File(_) => return Err(Refusal::Scheme(Scheme::File).into()),
		};
		pour(cloud::read(&object).await?, id, max, &policy.limits, sink).await
	}
}
