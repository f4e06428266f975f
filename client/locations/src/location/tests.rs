#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

use super::*;

fn parse(text: &str) -> Result<Location, LocationError> {
	Location::parse(text)
}

fn id() -> BlobId {
	BlobId::of(b"a blob")
}

#[test]
fn reads_each_scheme() {
	for text in [
		"https://host.example/folder/{cid}",
		"https://host.example:8443/file?signature=abc",
		"https://{cid}.ipfs.dweb.example/",
		"http://10.0.0.1/{cid}",
		"s3://bucket/folder/{cid}?region=eu-central-1",
		"s3://bucket/key?endpoint=http://127.0.0.1:9000&anonymous=true",
		"gs://bucket.of.mine/{cid}?anonymous=true",
		"az://container@account/{cid}",
		"az://container/{cid}",
		"file:///srv/blobs/{cid}",
	] {
		assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
	}
}

#[test]
fn refuses_what_is_none() {
	use LocationError::*;
	for (text, error) in [
		("", Scheme),
		("host.example/x", Scheme),
		("ftp://host.example/x", Scheme),
		("HTTPS://host.example/x", Scheme),
		("https:/host.example/x", Scheme),
		("https://host.example/a b", Characters),
		("https://host.example/a\nb", Characters),
		("https://höst.example/", Characters),
		("https://host.example/#x", Fragment),
		("https://./x", Syntax("it has no host")),
		("https://host.example:99999/", Syntax("its port is no number from 1 to 65535")),
		("s3://b/key", Bucket),
		("s3:///key", Bucket),
		("s3://bucket:80/key", Bucket),
		("s3://user@bucket/key", Bucket),
		("s3://a..b/key", Bucket),
		("s3://bucket-/key", Bucket),
		("s3://bucket%2fother/key", Bucket),
		("s3://bucket", Path),
		("s3://bucket/", Path),
		("s3://bucket/a//b", Path),
		("s3://bucket/key?region=x.evil.example/", Query("region is a name such as eu-central-1")),
		(
			"s3://bucket/key?endpoint=file:///etc",
			Query("endpoint is a URL of a server, https://… or http://…"),
		),
		("s3://bucket/key?other=1", Query("an option that is not known")),
		("gs://bucket/key?region=x", Query("an option that is not known")),
		("az://container@evil.example/key", Account),
		("az://container@a/key", Account),
		("az://con.tainer@account/key", Bucket),
		("az://container:secret@account/key", Account),
		("file://host/folder", Syntax("a file's URL has three slashes: file:///folder")),
		("file:///folder?x", Query("a file has none")),
		("file:///folder/%00", Path),
	] {
		assert_eq!(parse(text), Err(error), "{text}");
	}
	assert_eq!(parse(&format!("https://host.example/{}", "x".repeat(MAX_LOCATION))), Err(TooLong));
}

#[test]
fn dots_never_climb() {
	for text in
		["file:///srv/blobs/../../etc/passwd", "file:///srv/%2e%2e/etc/passwd", "file:///srv/..%2f..%2fetc"]
	{
		match parse(text).map(|location| location.place(&id())) {
			Ok(Ok(Place::File(path))) => assert!(!path.to_string_lossy().contains(".."), "{text}: {path:?}"),
			Err(LocationError::Path) => {},
			other => panic!("{text}: {other:?}"),
		}
	}
	for text in
		["s3://bucket/a/../../other/key", "gs://bucket/%2e%2e/key", "az://container@account/a/%2e%2e/key"]
	{
		match parse(text).map(|location| location.place(&id())) {
			Ok(Ok(
				Place::S3(Bucket { key, .. })
				| Place::Gs(Bucket { key, .. })
				| Place::Az(Container { key, .. }),
			)) => {
				assert!(key.parts().all(|part| part.as_ref() != ".."), "{text}: {key}");
			},
			Err(LocationError::Path) => {},
			other => panic!("{text}: {other:?}"),
		}
	}
}

#[test]
fn hints_are_narrower() {
	use LocationError::*;
	let parse = Location::parse_hint;
	for text in [
		"https://host.example/{cid}",
		"https://host.example/file?signature=abc",
		"s3://bucket/key?region=eu-central-1",
		"gs://bucket/key",
		"az://container@account/key",
		"az://container@account.blob.core.windows.net/key",
	] {
		assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
	}
	for (text, error) in [
		("http://host.example/x", NotForHints(super::Scheme::Http)),
		("file:///etc/passwd", NotForHints(super::Scheme::File)),
		("https://me@host.example/x", UserInfo),
		("https://me:secret@host.example/x", UserInfo),
		("s3://bucket/key?endpoint=https://10.0.0.1", Query("only region is known in a hint")),
		("s3://bucket/key?anonymous=true", Query("only region is known in a hint")),
		("az://container/key", Account),
	] {
		assert_eq!(parse(text), Err(error), "{text}");
	}
}

#[test]
fn every_hint_of_the_chains_schemes_is_known_here() {
	for scheme in ergon_primitives::hint::SCHEMES {
		assert!(Scheme::OF_HINTS.contains(&scheme.parse().unwrap()));
	}
	assert_eq!(ergon_primitives::hint::SCHEMES.len(), Scheme::OF_HINTS.len());
}

#[test]
fn shows_no_secrets() {
	for (text, shown) in [
		("https://me:secret@host.example:1/a/{cid}?token=secret", "https://host.example:1/a/{cid}"),
		("https://secret@evil@host.example/x", "https://host.example/x"),
		("https://host.example?token=secret", "https://host.example"),
		("https://host.example/a@b", "https://host.example/a@b"),
		("az://container@account/key", "az://container@account/key"),
		("s3://bucket/key?endpoint=https://me:secret@host.example", "s3://bucket/key"),
	] {
		let location = parse(text).unwrap();
		assert_eq!(location.to_string(), shown);
		assert_eq!(format!("{location:?}"), format!("Location({shown})"));
	}
}

#[test]
fn names_stand_in_for_the_template() {
	let cid = id().to_string();
	let place = parse("https://host.example/{cid}/data?x={cid}").unwrap().place(&id()).unwrap();
	assert_eq!(place, Place::Web(format!("https://host.example/{cid}/data?x={cid}").parse().unwrap()));
	for (folder, file) in [
		("https://host.example/blobs", "https://host.example/blobs/"),
		("https://host.example/blobs/", "https://host.example/blobs/"),
		("https://host.example", "https://host.example/"),
	] {
		let place = Location::parse_folder(folder).unwrap().place(&id()).unwrap();
		assert_eq!(place, Place::Web(format!("{file}{cid}").parse().unwrap()));
	}
	for (folder, key) in
		[("s3://bucket?region=eu-central-1", ""), ("s3://bucket/x?region=eu-central-1", "x/")]
	{
		match Location::parse_folder(folder).unwrap().place(&id()).unwrap() {
			Place::S3(bucket) => {
				assert_eq!(
					(bucket.key.as_ref(), bucket.region.as_deref()),
					(&*format!("{key}{cid}"), Some("eu-central-1"))
				);
			},
			other => panic!("{other:?}"),
		}
	}
}
