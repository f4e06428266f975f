//! Places for blobs other than the node: hints in an order, and stores of one's own.

use crate::{context::say, fetch::Target, material::name_file};
use anyhow::{Context as _, Result};
use clap::Args;
use ergon_locations::{FetchError, Limits, Location, Scheme, Store, Why};
use ergon_primitives::{hint::CID_IN_URL, BlobId, Hint, Hints};
use std::{
	io,
	path::Path,
	pin::Pin,
	task::{self, Poll},
};
use tokio::io::AsyncWrite;

/// Stores that blobs are fetched from.
#[derive(Clone, Debug, Default, Args)]
pub struct StoreOptions {
	/// A store of yours, asked for blobs before the node is: https://, http://, s3://, gs://, az:// or file://, with {cid}
	/// where a blob's name stands, or a folder. Repeat it for more; credentials come from the environment.
	#[arg(long = "store", global = true, value_name = "URL", env = "ERGON_STORES", hide_env_values = true, value_delimiter = ' ', value_parser = store)]
	pub stores: Vec<Store>,
}

/// A store's URL.
pub fn store(text: &str) -> Result<Store, String> {
	Store::parse(text, Limits::default()).map_err(|error| error.to_string())
}

/// A hint of an order: `URL` with `{cid}` in it, or `CID=URL`. All that the chain and those who follow hints would refuse is
/// refused here.
pub fn hint(text: &str) -> Result<Hint, String> {
	// A URL has '=' too, but no name of a blob before its first.
	let named = text.split_once('=').and_then(|(id, url)| Some((id.parse::<BlobId>().ok()?, url)));
	let (blob, url) = named.map_or((None, text), |(id, url)| (Some(id), url));
	Location::parse_hint(url).map_err(|error| error.to_string())?;
	if blob.is_none() && !url.contains(CID_IN_URL) {
		return Err(format!(
			"say where the blob's name stands in the URL, {CID_IN_URL}, or which blob it is: CID=URL"
		));
	}
	Hint::new(blob, url).ok_or_else(|| "a hint's URL has at most 256 characters".into())
}

/// The hints of an order within the chain's bounds.
pub fn hints(given: &[Hint]) -> Result<Hints> {
	let bounds = format!("--hint: at most {}", ergon_primitives::hint::MAX_HINTS);
	Ok(given.to_vec().try_into().map_err(|_| crate::failure::Usage(bounds))?)
}

/// A job's hints, a line each, for people. Strangers wrote them: what is not printable is shown as an escape.
pub fn describe(hints: &Hints) -> Vec<String> {
	hints
		.iter()
		.map(|hint| {
			let blob = hint.blob.map_or("any blob".to_owned(), |id| id.to_string());
			format!("hint     {blob} at {}", String::from_utf8_lossy(&hint.url).escape_debug())
		})
		.collect()
}

impl StoreOptions {
	/// Writes a blob of at most `limit` bytes into `out`, from the first store that has it, and gives the store's location
	/// and the blob's size; `None` if none has it, and then `out` is as at the beginning. Says of each other store what was
	/// in the way, unless the blob is just not there.
	pub async fn get(
		&self,
		id: &BlobId,
		limit: u64,
		out: &mut dyn Target,
	) -> io::Result<Option<(String, u64)>> {
		for store in &self.stores {
			out.reset()?;
			match store.fetch(id, limit, &mut Sink(out)).await {
				Ok(size) => return Ok(Some((store.location().to_string(), size))),
				Err(FetchError { why: Why::NotFound, .. }) => {},
				Err(FetchError { why: Why::Here(error), .. })
					if store.location().scheme() != Scheme::File =>
				{
					return Err(error);
				},
				Err(error) => say(&format!("a store does not give {id}: {error}")),
			}
			out.reset()?;
		}
		Ok(None)
	}
}

/// A target as the stores want it. Writing waits for the disk: nothing else goes on meanwhile that would mind.
struct Sink<'a>(&'a mut dyn Target);

impl AsyncWrite for Sink<'_> {
	fn poll_write(self: Pin<&mut Self>, _: &mut task::Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
		Poll::Ready(self.get_mut().0.write(bytes))
	}

	fn poll_flush(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<io::Result<()>> {
		Poll::Ready(self.get_mut().0.flush())
	}

	fn poll_shutdown(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<io::Result<()>> {
		self.poll_flush(context)
	}
}

/// Writes a file to stores, all of them, and gives its name and length. It may be larger than memory.
pub async fn put(stores: &[Store], file: &Path) -> Result<(BlobId, u64)> {
	let (id, length) = name_file(file, "blob")?;
	for store in stores {
		let reader =
			tokio::fs::File::open(file).await.with_context(|| format!("reading {}", file.display()))?;
		store.put(&id, length, reader).await.context("storing the blob")?;
		say(&format!("stored at {}", store.location()));
	}
	Ok((id, length))
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn hints_should_be_read_with_and_without_a_blob() {
		let id = BlobId::of(b"x");
		let all = hint("https://blobs.example/{cid}?a=b").unwrap();
		assert_eq!((all.blob, all.url()), (None, Some("https://blobs.example/{cid}?a=b")));
		let one = hint(&format!("{id}=s3://bucket/key?region=eu-central-1")).unwrap();
		assert_eq!((one.blob, one.url()), (Some(id), Some("s3://bucket/key?region=eu-central-1")));
		assert_eq!(
			describe(&vec![one].try_into().unwrap())[0],
			format!("hint     {id} at s3://bucket/key?region=eu-central-1")
		);
		for (text, why) in [
			("https://blobs.example/x", "{cid}"),
			("https://blobs.example/x?a=b", "{cid}"),
			("http://blobs.example/{cid}", "http:// is for stores"),
			("file:///blobs/{cid}", "file:// is for stores"),
			("https://me:secret@blobs.example/{cid}", "password"),
			("az://container/{cid}", "account"),
			("blobs.example/{cid}", "https://"),
			(&format!("https://blobs.example/{{cid}}/{}", "x".repeat(256)), "256"),
		] {
			let error = hint(text).unwrap_err();
			assert!(error.contains(why), "{text}: {error}");
		}
		assert!(hints(&vec![all.clone(); 4]).is_ok());
		assert_eq!(crate::failure::code(&hints(&vec![all; 5]).unwrap_err()), 2);
	}

	#[tokio::test]
	async fn blobs_should_come_back_from_a_store() {
		let home = tempfile::tempdir().unwrap();
		let options =
			StoreOptions { stores: vec![store(&format!("file://{}", home.path().display())).unwrap()] };
		let id = BlobId::of(b"kept");
		let mut out = b"before".to_vec();
		assert_eq!(options.get(&id, 4, &mut out).await.unwrap(), None);
		let file = home.path().join("file");
		std::fs::write(&file, "kept").unwrap();
		assert_eq!(put(&options.stores, &file).await.unwrap(), (id, 4));
		let (store, size) = options.get(&id, 4, &mut out).await.unwrap().unwrap();
		assert_eq!((store.starts_with("file://"), size, &*out), (true, 4, &b"kept"[..]));
		assert_eq!(options.get(&id, 3, &mut out).await.unwrap(), None);
		assert!(out.is_empty(), "what came of a blob that is too large is thrown away");
		assert!(put(&options.stores, &home.path().join("none")).await.is_err());
	}
}
