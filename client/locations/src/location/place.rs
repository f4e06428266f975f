//! A location with the blob's name put in: where exactly the bytes would be.

use super::{LocationError, Scheme};
use object_store::path::Path;
use std::path::PathBuf;
use url::{Host, Url};

/// One object somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
	/// At a web server, `https` or `http`.
	Web(Url),
	S3(Bucket),
	Gs(Bucket),
	Az(Container),
	/// An absolute path of this machine, without `..`.
	File(PathBuf),
}

/// An object in a bucket of S3 or Google.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
	pub name: String,
	pub key: Path,
	pub region: Option<String>,
	pub endpoint: Option<Url>,
	pub anonymous: bool,
}

/// An object in Azure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Container {
	pub name: String,
	pub account: Option<String>,
	pub key: Path,
	pub anonymous: bool,
}

impl Place {
	pub fn read(scheme: Scheme, text: &str) -> Result<Self, LocationError> {
		let url = Url::parse(text).map_err(|error| LocationError::Syntax(why(error)))?;
		// The library reads "HTTPS" as "https"; what was allowed by name must be what is used.
		if url.scheme() != scheme.name() {
			return Err(LocationError::Scheme);
		}
		if url.fragment().is_some() {
			return Err(LocationError::Fragment);
		}
		match scheme {
			Scheme::Https | Scheme::Http => match url.host() {
				Some(Host::Domain(name)) if name.trim_matches('.').is_empty() => {
					Err(LocationError::Syntax("it has no host"))
				},
				None => Err(LocationError::Syntax("it has no host")),
				Some(_) => Ok(Self::Web(url)),
			},
			Scheme::S3 => Ok(Self::S3(bucket(&url, &["region", "endpoint", "anonymous"])?)),
			Scheme::Gs => Ok(Self::Gs(bucket(&url, &["anonymous"])?)),
			Scheme::Az => Ok(Self::Az(container(&url)?)),
			Scheme::File => file(&url).map(Self::File),
		}
	}
}

fn bucket(url: &Url, known: &[&str]) -> Result<Bucket, LocationError> {
	if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
		return Err(LocationError::Bucket);
	}
	let name = plain_name(url.host_str().unwrap_or_default(), true)?;
	let mut bucket = Bucket { name, key: key(url)?, region: None, endpoint: None, anonymous: false };
	for (name, value) in url.query_pairs() {
		match &*name {
			name if !known.contains(&name) => {
				return Err(LocationError::Query("an option that is not known"))
			},
			"region" => bucket.region = Some(region(&value)?),
			"endpoint" => bucket.endpoint = Some(endpoint(&value)?),
			_ => bucket.anonymous = boolean(&value)?,
		}
	}
	Ok(bucket)
}

fn container(url: &Url) -> Result<Container, LocationError> {
	if url.password().is_some() || url.port().is_some() {
		return Err(LocationError::Account);
	}
	let host = url.host_str().unwrap_or_default();
	let (name, account) = match url.username() {
		"" => (host, None),
		name => (name, Some(host.strip_suffix(".blob.core.windows.net").unwrap_or(host))),
	};
	// It becomes a label of a host's name.
	if account.is_some_and(|name| {
		!(3..=24).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
	}) {
		return Err(LocationError::Account);
	}
	let mut anonymous = false;
	for (name, value) in url.query_pairs() {
		match &*name {
			"anonymous" => anonymous = boolean(&value)?,
			_ => return Err(LocationError::Query("an option that is not known")),
		}
	}
	Ok(Container {
		name: plain_name(name, false)?,
		account: account.map(Into::into),
		key: key(url)?,
		anonymous,
	})
}

fn file(url: &Url) -> Result<PathBuf, LocationError> {
	if url.query().is_some() {
		return Err(LocationError::Query("a file has none"));
	}
	if url.host().is_some() {
		return Err(LocationError::Syntax("a file's URL has three slashes: file:///folder"));
	}
	let path = url.to_file_path().map_err(|()| LocationError::Path)?;
	// A NUL would end the path early for the system, and `%2e%2e` is `..` only now.
	let dotted = path.components().any(|part| matches!(part, std::path::Component::ParentDir));
	if dotted || path.as_os_str().as_encoded_bytes().contains(&0) {
		return Err(LocationError::Path);
	}
	Ok(path)
}

/// Of a bucket or container. It becomes part of a path or of a host's name, and must not be able to be more.
fn plain_name(name: &str, dots: bool) -> Result<String, LocationError> {
	let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || (dots && b == b'.');
	let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
	let good = (3..=63).contains(&name.len())
		&& name.bytes().all(fits)
		&& ends(name.bytes().next())
		&& ends(name.bytes().last())
		&& !name.contains("..");
	good.then(|| name.to_owned()).ok_or(LocationError::Bucket)
}

/// Of a region: it becomes a label of a host's name.
fn region(name: &str) -> Result<String, LocationError> {
	let good = (2..=32).contains(&name.len())
		&& name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
		&& !name.starts_with('-')
		&& !name.ends_with('-');
	good.then(|| name.to_owned()).ok_or(LocationError::Query("region is a name such as eu-central-1"))
}

fn endpoint(text: &str) -> Result<Url, LocationError> {
	let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
	url.ok_or(LocationError::Query("endpoint is a URL of a server, https://… or http://…"))
}

fn boolean(text: &str) -> Result<bool, LocationError> {
	match text {
		"true" => Ok(true),
		"false" => Ok(false),
		_ => Err(LocationError::Query("anonymous is true or false")),
	}
}

fn key(url: &Url) -> Result<Path, LocationError> {
	let key = Path::from_url_path(url.path()).map_err(|_| LocationError::Path)?;
	if key.as_ref().is_empty() {
		return Err(LocationError::Path);
	}
	Ok(key)
}

fn why(error: url::ParseError) -> &'static str {
	match error {
		url::ParseError::EmptyHost => "it has no host",
		url::ParseError::InvalidPort => "its port is no number from 1 to 65535",
		url::ParseError::InvalidIpv4Address | url::ParseError::InvalidIpv6Address => "its address is none",
		url::ParseError::IdnaError | url::ParseError::InvalidDomainCharacter => "its host's name is none",
		_ => "see https://url.spec.whatwg.org",
	}
}
