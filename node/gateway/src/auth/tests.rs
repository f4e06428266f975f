// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

use super::*;
use sp_core::{
	crypto::{AccountId32, Ss58Codec},
	Pair as _,
};

const NOW: u64 = 1_800_000_000;

fn pair(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(name, None).unwrap()
}

fn upload() -> Upload {
	Upload { genesis: [7; 32], blob: BlobId::of(b"blob"), job: Some(JobId(3)) }
}

fn sign(by: &sr25519::Pair, upload: &Upload, expires: u64) -> Signed {
	let nonce = [9; 16];
	let signature = by.sign(&message(upload, expires, &nonce)).0;
	Signed { account: by.public().into(), expires, nonce, signature }
}

#[test]
fn signed_upload_should_hold_until_it_expires() {
	let signed = sign(&pair("//Alice"), &upload(), NOW + 60);
	assert_eq!(verify(&signed, &upload(), NOW), Ok(()));
	assert_eq!(verify(&signed, &upload(), NOW + 59), Ok(()));
	assert_eq!(verify(&signed, &upload(), NOW + 60), Err(AuthError::Expired));
	assert_eq!(verify(&signed, &upload(), u64::MAX), Err(AuthError::Expired));
	assert_eq!(verify(&signed, &upload(), NOW + 60 - MAX_AHEAD), Ok(()));
	assert_eq!(verify(&signed, &upload(), NOW + 59 - MAX_AHEAD), Err(AuthError::TooFarAhead));
	let forever = sign(&pair("//Alice"), &upload(), u64::MAX);
	assert_eq!(verify(&forever, &upload(), NOW), Err(AuthError::TooFarAhead));
}

#[test]
fn wallets_form_should_hold_too() {
	let alice = pair("//Alice");
	let mut signed = sign(&alice, &upload(), NOW + 60);
	let said = message(&upload(), NOW + 60, &signed.nonce);
	signed.signature = alice.sign(&[&b"<Bytes>"[..], &said, b"</Bytes>"].concat()).0;
	assert_eq!(verify(&signed, &upload(), NOW), Ok(()));
}

#[test]
fn signature_should_hold_for_nothing_else() {
	let signed = sign(&pair("//Alice"), &upload(), NOW + 60);
	let others: [(&str, fn(&mut Upload)); 5] = [
		("another blob", |upload| upload.blob = BlobId::of(b"other")),
		("the same digest under another codec", |upload| upload.blob.codec = ergon_primitives::Codec::DagPb),
		("another job", |upload| upload.job = Some(JobId(4))),
		("no job", |upload| upload.job = None),
		("another chain", |upload| upload.genesis[31] ^= 1),
	];
	for (what, change) in others {
		let mut other = upload();
		change(&mut other);
		assert_eq!(verify(&signed, &other, NOW), Err(AuthError::Wrong), "{what}");
	}
	let spoils: [(&str, fn(&mut Signed)); 4] = [
		("another account", |signed| signed.account = pair("//Bob").public().into()),
		("a later end", |signed| signed.expires += 1),
		("another nonce", |signed| signed.nonce[0] ^= 1),
		("another signature", |signed| signed.signature[5] ^= 1),
	];
	for (what, spoil) in spoils {
		let mut spoiled = signed.clone();
		spoil(&mut spoiled);
		assert_eq!(verify(&spoiled, &upload(), NOW), Err(AuthError::Wrong), "{what}");
	}
}

/// What clients in other languages can hold themselves to.
#[test]
fn message_should_never_change() {
	let said = message(&upload(), NOW, &[0x11; 16]);
	assert_eq!(hex::encode(said), "fe9b271219f4853911099f545a232f598581782181c19b50ca3534379789e345");
	let said = message(&Upload { job: None, ..upload() }, NOW, &[0x11; 16]);
	assert_eq!(hex::encode(said), "f3ea1f712cd4516b1d90747aed03052671fb7e6236170ef3d024624e51bacd6b");
}

fn written(signed: &Signed) -> String {
	let Signed { account, expires, nonce, signature } = signed;
	let (nonce, signature) = (hex::encode(nonce), hex::encode(signature));
	format!("Ergon account={},expires={expires},nonce={nonce},signature={signature}", account.to_ss58check())
}

#[test]
fn header_should_be_read_back() {
	let signed = sign(&pair("//Alice"), &upload(), NOW);
	let text = written(&signed);
	assert_eq!(Signed::parse(&text), Ok(signed.clone()));
	let (_, fields) = text.split_once(' ').unwrap();
	let mut turned: Vec<_> = fields.split(',').collect();
	turned.reverse();
	assert_eq!(Signed::parse(&format!("ergon  {}", turned.join(" , "))), Ok(signed));
}

#[test]
fn malformed_header_should_be_refused() {
	let good = written(&sign(&pair("//Alice"), &upload(), NOW));
	let nonce = "09".repeat(16);
	for text in [
		String::new(),
		"Ergon".into(),
		"Ergon ".into(),
		"Bearer abc".into(),
		good.replace("Ergon", "Basic"),
		good.replace("account=", "acount="),
		good.replace("account=5", "account=6"),
		good.replace("expires=", "expires=+"),
		good.replace("expires=", "expires=-"),
		good.replace("expires=", "expires=99999999999999999999"),
		good.replace(&nonce, &nonce[2..]),
		good.replace(&nonce, &format!("{nonce}09")),
		good.replace(&nonce, &"zz".repeat(16)),
		format!("{good},expires={NOW}"),
		format!("{good},x=y"),
		format!("{good},"),
		good.replace(&format!(",nonce={nonce}"), ""),
		format!("Ergon {}", "a=".repeat(1000)),
		format!("Ergon account={},expires=1", "\u{e9}".repeat(48)),
	] {
		assert!(matches!(Signed::parse(&text), Err(AuthError::Malformed(_))), "{text}");
	}
}

fn used(account: u8, nonce: u64, expires: u64) -> Signed {
	let mut bytes = [0; 16];
	bytes[..8].copy_from_slice(&nonce.to_le_bytes());
	Signed { account: AccountId32::new([account; 32]), expires, nonce: bytes, signature: [0; 64] }
}

#[test]
fn nonce_should_be_good_once() {
	let nonces = Nonces::default();
	let signed = used(1, 1, NOW + 60);
	assert_eq!(nonces.remember(&signed, NOW), Ok(()));
	assert_eq!(nonces.remember(&signed, NOW), Err(AuthError::Replayed));
	assert_eq!(nonces.remember(&signed, NOW + 59), Err(AuthError::Replayed));
	// It is the account's own: nobody can use up another's.
	assert_eq!(nonces.remember(&used(2, 1, NOW + 60), NOW), Ok(()));
}

#[test]
fn nonces_should_be_bounded_and_never_forgotten_alive() {
	let nonces = Nonces::new(4, 6);
	for nonce in 0..4 {
		assert_eq!(nonces.remember(&used(1, nonce, NOW + 10 + nonce), NOW), Ok(()));
	}
	// One account's share is used up; another's is not.
	assert_eq!(nonces.remember(&used(1, 9, NOW + 60), NOW), Err(AuthError::TooMany));
	assert_eq!(nonces.remember(&used(2, 0, NOW + 60), NOW), Ok(()));
	assert_eq!(nonces.remember(&used(2, 1, NOW + 60), NOW), Ok(()));
	assert_eq!(nonces.remember(&used(3, 0, NOW + 60), NOW), Err(AuthError::TooMany));
	for nonce in 0..4 {
		assert_eq!(nonces.remember(&used(1, nonce, NOW + 10 + nonce), NOW), Err(AuthError::Replayed));
	}
	// What has expired makes room: its signature is refused by its own time.
	assert_eq!(nonces.remember(&used(3, 0, NOW + 60), NOW + 11), Ok(()));
	assert_eq!(nonces.remember(&used(3, 1, NOW + 60), NOW + 11), Ok(()));
	assert_eq!(nonces.remember(&used(3, 2, NOW + 60), NOW + 11), Err(AuthError::TooMany));
	assert_eq!(nonces.remember(&used(1, 3, NOW + 13), NOW + 11), Err(AuthError::Replayed));
}
