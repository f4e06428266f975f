//! Where blobs can be had: which hints an order may have, how they are written, and what they cost.

#![cfg(feature = "serde")]
// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{economics, spec};
use ergon_primitives::{
	hint::{MAX_HINTS, MAX_URL_BYTES},
	BlobId, Hint, Hints, JobSpec, SpecError,
};
use serde_json::{from_value, json, to_value};

/// A hint as it may come from outside.
fn hint(blob: Option<BlobId>, url: &[u8]) -> Hint {
	Hint { blob, url: url.to_vec().try_into().expect("no longer than allowed; qed") }
}

fn check(hints: Vec<Hint>) -> Result<(), SpecError> {
	let spec = JobSpec { hints: hints.try_into().expect("no more than allowed; qed"), ..spec() };
	spec.check(0, &economics(), &common::timing())
}

#[test]
fn hints_should_be_urls_of_public_stores() {
	let program = Some(BlobId::of(b"program"));
	for url in ["https://a.example/x", "s3://bucket/a/b?versionId=1", "gs://bucket/x", "az://container/x"] {
		assert_eq!(check(vec![hint(program, url.as_bytes())]), Ok(()), "{url}");
		assert_eq!(Hint::new(program, url), Some(hint(program, url.as_bytes())));
	}
	for url in [
		"",
		"https",
		"https:",
		"https://",
		"https:///x",
		"https:// x",
		"https://a/ b",
		"HTTPS://a/b",
		"http://a/b",
		"file:///etc/passwd",
		"ftp://a/b",
		" https://a/b",
		"https://a/\n",
		"https://a/\0",
		"https://a/ü",
		"s3:/a/b",
		"https//a/b",
		"javascript://a",
		"https://../x",
	] {
		assert_eq!(check(vec![hint(program, url.as_bytes())]), Err(SpecError::Hint), "{url:?}");
		assert_eq!(Hint::new(program, url), None);
	}
	assert_eq!(check(vec![hint(program, &[b'h', 0xff])]), Err(SpecError::Hint), "not UTF-8");
	assert_eq!(Hint::new(program, &format!("https://{}", "a".repeat(MAX_URL_BYTES as usize))), None);
}

#[test]
fn a_hint_for_all_blobs_should_say_where_the_name_goes() {
	assert_eq!(check(vec![hint(None, b"https://gateway.example/ipfs/{cid}")]), Ok(()));
	assert_eq!(check(vec![hint(None, b"https://{cid}.gateway.example/")]), Ok(()));
	assert_eq!(check(vec![hint(None, b"https://gateway.example/ipfs/")]), Err(SpecError::Hint));
	assert_eq!(check(vec![hint(None, b"https://gateway.example/{CID}")]), Err(SpecError::Hint));
	// One of several is enough to refuse the order.
	let good = hint(Some(BlobId::of(b"input")), b"s3://bucket/input");
	assert_eq!(check(vec![good.clone(); MAX_HINTS as usize]), Ok(()));
	assert_eq!(
		check(vec![good.clone(), hint(None, b"s3://bucket/input"), good.clone()]),
		Err(SpecError::Hint)
	);
	assert!(Hints::try_from(vec![good; MAX_HINTS as usize + 1]).is_err());
}

#[test]
fn hints_should_read_as_documented() {
	let program = BlobId::of(b"program");
	let mut spec = spec();
	spec.hints =
		vec![hint(Some(program), b"s3://b/p"), hint(None, b"https://g.example/{cid}")].try_into().unwrap();
	let mut value = to_value(&spec).unwrap();
	let written = json!([
		{ "blob": program.to_string(), "url": "s3://b/p" },
		{ "blob": null, "url": "https://g.example/{cid}" },
	]);
	assert_eq!(value["hints"], written);
	assert_eq!(from_value::<JobSpec>(value.clone()).unwrap(), spec);

	// Left out, a hint is for all blobs, and there is none.
	value["hints"][1].as_object_mut().unwrap().remove("blob");
	assert_eq!(from_value::<JobSpec>(value.clone()).unwrap(), spec);
	value.as_object_mut().unwrap().remove("hints");
	assert_eq!(from_value::<JobSpec>(value.clone()).unwrap().hints, Hints::default());

	value["hints"] = json!(vec![json!({ "url": "s3://b/{cid}" }); MAX_HINTS as usize + 1]);
	assert!(from_value::<JobSpec>(value.clone()).is_err());
	value["hints"] = json!([{ "url": "x".repeat(MAX_URL_BYTES as usize + 1) }]);
	let error = from_value::<JobSpec>(value.clone()).unwrap_err().to_string();
	assert!(error.contains(&format!("url: at most {MAX_URL_BYTES} bytes")), "{error}");
	for wrong in
		[json!([{}]), json!([{ "url": 1 }]), json!(["https://a/{cid}"]), json!([{ "blob": "x", "url": "" }])]
	{
		value["hints"] = wrong;
		assert!(from_value::<JobSpec>(value.clone()).is_err());
	}
}

#[test]
fn hints_should_be_paid_for_in_the_deposit() {
	let deposit = |hints: Vec<Hint>| {
		JobSpec { hints: hints.try_into().unwrap(), ..spec() }.deposit(&economics()).unwrap()
	};
	let one = hint(Some(BlobId::of(b"program")), b"s3://bucket/program");
	// The blob's mark, codec and digest; the URL's length and bytes. The length of the list stays one byte.
	let bytes = 1 + 1 + 32 + 1 + 19;
	assert_eq!(deposit(vec![one.clone()]) - deposit(vec![]), bytes * economics().deposit_per_byte);
	assert_eq!(deposit(vec![one; 4]) - deposit(vec![]), 4 * bytes * economics().deposit_per_byte);
}
