//! Requests to web servers, with or without the guard.

use crate::{
	error::{Refusal, Why},
	guard::{Resolver, Rules, Screen},
	Limits,
};
use futures::TryStreamExt;
use reqwest::{
	header::{HeaderMap, HeaderValue, ACCEPT_ENCODING, CONTENT_ENCODING, LOCATION},
	redirect, Certificate, Client, Method, Response,
};
use std::sync::Arc;
use tokio::time::timeout;
use url::Url;

/// The most redirects that are followed.
pub const MAX_REDIRECTS: usize = 3;

/// A client for web servers. It follows redirects itself, so that each is looked at as the first URL was.
#[derive(Clone, Debug)]
pub(crate) struct Web {
	client: Client,
	/// What each URL is held to; `None` where this machine's owner chose it.
	rules: Option<Rules>,
	pub limits: Limits,
}

impl Web {
	/// For URLs of strangers: no proxies, nothing but `https`, screened addresses.
	pub fn guarded(
		rules: Rules,
		resolver: Arc<dyn Resolver>,
		roots: &[Vec<u8>],
		limits: Limits,
	) -> Result<Self, Why> {
		let mut certificates = Vec::new();
		for pem in roots {
			certificates.extend(Certificate::from_pem_bundle(pem).map_err(tls)?);
		}
		let client = builder(limits)
			.no_proxy()
			.https_only(true)
			.dns_resolver(Screen { resolver, rules: rules.clone() })
			.tls_certs_merge(certificates);
		Ok(Self { client: client.build().map_err(tls)?, rules: Some(rules), limits })
	}

	/// For URLs that this machine's owner chose: proxies of the environment, any address.
	pub fn open(limits: Limits) -> Result<Self, Why> {
		Ok(Self { client: builder(limits).build().map_err(tls)?, rules: None, limits })
	}

	/// The body at a URL, piece by piece.
	pub async fn get(
		&self,
		url: Url,
	) -> Result<impl futures::Stream<Item = Result<bytes::Bytes, Why>> + Unpin, Why> {
		let response = self.follow(Method::GET, url, &HeaderMap::new()).await?;
		if !response.status().is_success() {
			return Err(Why::of_status(response.status().as_u16()));
		}
		if let Some(encoding) = packed(response.headers()) {
			return Err(Why::Encoded(encoding));
		}
		Ok(Box::pin(response.bytes_stream().map_err(|error| Why::of(&error.without_url()))))
	}

	/// The answer to a request without a body, whatever its status, after redirects.
	pub async fn follow(&self, method: Method, mut url: Url, headers: &HeaderMap) -> Result<Response, Why> {
		for _ in 0..=MAX_REDIRECTS {
			if let Some(rules) = &self.rules {
				rules.check(&url)?;
			}
			let request = self.client.request(method.clone(), url.clone()).headers(headers.clone()).send();
			let response = match timeout(self.limits.answer, request).await {
				Ok(answer) => answer.map_err(|error| Why::of(&error.without_url()))?,
				Err(_) => return Err(Why::Deadline(self.limits.answer)),
			};
			let status = response.status().as_u16();
			if !matches!(status, 301 | 302 | 303 | 307 | 308) {
				return Ok(response);
			}
			// S3 answers like this, with the bucket's region in another header.
			let Some(next) = response.headers().get(LOCATION) else { return Ok(response) };
			let next =
				next.to_str().ok().and_then(|next| url.join(next).ok()).ok_or(Refusal::RedirectNowhere)?;
			if self.rules.is_none() && (next.scheme(), url.scheme()) == ("http", "https") {
				return Err(Refusal::RedirectScheme("http".into()).into());
			}
			url = next;
		}
		Err(Refusal::Redirects.into())
	}

	/// Sends a body of a known size to a URL. Not for URLs of strangers.
	pub async fn put(&self, url: Url, size: u64, body: reqwest::Body) -> Result<(), Why> {
		if self.rules.is_some() {
			return Err(Refusal::Writing.into());
		}
		let request = self.client.put(url).header(reqwest::header::CONTENT_LENGTH, size).body(body);
		let response = request.send().await.map_err(|error| Why::of(&error.without_url()))?;
		match response.status() {
			status if status.is_success() => Ok(()),
			status => Err(Why::of_status(status.as_u16())),
		}
	}
}

/// What the body is packed with, unless it is not.
pub(crate) fn packed(headers: &HeaderMap) -> Option<String> {
	let encoding = headers.get(CONTENT_ENCODING)?;
	let text = crate::error::clean(&String::from_utf8_lossy(encoding.as_bytes()));
	(!text.is_empty() && !text.eq_ignore_ascii_case("identity")).then_some(text)
}

fn builder(limits: Limits) -> reqwest::ClientBuilder {
	provide();
	let mut headers = HeaderMap::new();
	headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
	// Whatever features other crates switch on, a body here is never unpacked; and one protocol, whose heads are bounded, will do.
	Client::builder()
		.user_agent(concat!("ergon/", env!("CARGO_PKG_VERSION")))
		.default_headers(headers)
		.referer(false)
		.redirect(redirect::Policy::none())
		.http1_only()
		.no_gzip()
		.no_brotli()
		.no_zstd()
		.no_deflate()
		.connect_timeout(limits.connect)
}

/// Chooses who does the cryptography of TLS, unless the program has chosen.
pub(crate) fn provide() {
	if rustls::crypto::CryptoProvider::get_default().is_none() {
		// Another thread may be first; then it has chosen.
		drop(rustls::crypto::ring::default_provider().install_default());
	}
}

fn tls(error: reqwest::Error) -> Why {
	match Why::of(&error) {
		Why::Network(text) => Why::Tls(text),
		other => other,
	}
}
