//! What a blob seems to be, from its first bytes.
//!
//! A blob is whatever a stranger put there, and a gateway's address is an origin of the web like any other: a blob that a
//! browser took for a page or a script would run as that origin. Only types on a list are named; everything else is text
//! or bytes, and `nosniff` keeps browsers from guessing.

/// How many bytes are looked at.
pub(crate) const LOOK_AT: usize = 8 << 10;

/// A media type, and whether a browser may show it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
	/// For `Content-Type`.
	pub(crate) name: &'static str,
	/// Otherwise it is offered as a download.
	pub(crate) shown: bool,
}

const BYTES: Kind = Kind { name: "application/octet-stream", shown: false };
const TEXT: Kind = Kind { name: "text/plain; charset=utf-8", shown: true };

/// Types that can neither run script nor make a browser fetch anything.
const SHOWN: &[&str] = &[
	"image/png",
	"image/jpeg",
	"image/gif",
	"image/webp",
	"image/avif",
	"image/bmp",
	"image/jxl",
	"image/tiff",
	"image/vnd.microsoft.icon",
	"audio/aac",
	"audio/m4a",
	"audio/midi",
	"audio/mpeg",
	"audio/ogg",
	"audio/opus",
	"audio/x-flac",
	"audio/x-wav",
	"video/mp4",
	"video/mpeg",
	"video/quicktime",
	"video/webm",
	"video/x-m4v",
	"video/x-matroska",
	"application/pdf",
];

/// Types that are named and downloaded.
const DOWNLOADED: &[&str] = &["application/wasm", "application/zip", "application/gzip"];

/// The type of a blob that begins with these bytes and, where `whole` is said, has no others.
pub(crate) fn kind(start: &[u8], whole: bool) -> Kind {
	let start = &start[..start.len().min(LOOK_AT)];
	let whole = whole && start.len() < LOOK_AT;
	if let Some(found) = infer::get(start) {
		let name = found.mime_type();
		let listed = |list: &[&'static str]| list.iter().find(|listed| **listed == name).copied();
		if let Some(name) = listed(SHOWN) {
			return Kind { name, shown: true };
		}
		if let Some(name) = listed(DOWNLOADED) {
			return Kind { name, shown: false };
		}
	}
	match is_text(start, whole) {
		true => TEXT,
		false => BYTES,
	}
}

/// Whether it is UTF-8 without control characters that no text has. A character may be cut off at the end of what is
/// looked at, but not at the end of the blob.
fn is_text(start: &[u8], whole: bool) -> bool {
	let text = match std::str::from_utf8(start) {
		Ok(text) => text,
		Err(error) if error.error_len().is_none() && !whole => {
			std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
		},
		Err(_) => return false,
	};
	text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}'))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn name(bytes: &[u8]) -> &'static str {
		kind(bytes, true).name
	}

	#[test]
	fn safe_types_should_be_named() {
		let mut webp = b"RIFF\x00\x00\x00\x00WEBPVP8 ".to_vec();
		webp.extend([0; 16]);
		for (bytes, expected, shown) in [
			(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png", true),
			(&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], "image/jpeg", true),
			(&b"GIF89a\x01\0\x01\0"[..], "image/gif", true),
			(&webp, "image/webp", true),
			(&b"%PDF-1.7\n"[..], "application/pdf", true),
			(&b"\0asm\x01\0\0\0"[..], "application/wasm", false),
			(&b"PK\x03\x04\x14\0\0\0\x08\0"[..], "application/zip", false),
			(&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], "application/gzip", false),
		] {
			assert_eq!(kind(bytes, true), Kind { name: expected, shown }, "{bytes:?}");
		}
	}

	#[test]
	fn page_and_script_should_never_be_named() {
		for text in [
			"<!DOCTYPE html><script>alert(1)</script>",
			"<html><body>",
			"  <ScRiPt >alert(1)</script>",
			"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
			"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
			"\u{feff}<?xml version='1.0'?><x/>",
			"#!/bin/sh\nrm -rf /",
			"alert(1)",
			"export default 1",
			"{\"a\":1}",
			"body{background:url(//evil)}",
			"%!PS-Adobe-3.0",
			"{\\rtf1}",
		] {
			assert_eq!(name(text.as_bytes()), "text/plain; charset=utf-8", "{text}");
		}
		for bytes in [
			&b"FWS\x05\0\0\0"[..],
			b"\x7fELF\x02\x01\x01\0",
			b"MZ\x90\0\x03",
			b"\xca\xfe\xba\xbe\0\0\0\x34",
			b"Cr24\x03\0\0\0",
		] {
			assert_eq!(kind(bytes, true), BYTES, "{bytes:?}");
		}
		// A page in UTF-16 is no text in UTF-8.
		let wide: Vec<u8> = "\u{feff}<script>".encode_utf16().flat_map(u16::to_le_bytes).collect();
		assert_eq!(kind(&wide, true), BYTES);
	}

	#[test]
	fn text_should_be_utf8_without_control_characters() {
		assert_eq!(kind(b"", true), TEXT);
		assert_eq!(kind("Grüße\n\t\u{1b}[1mfett".as_bytes(), true), TEXT);
		for bytes in [&b"a\0b"[..], b"\x80abc", b"\x01", b"ab\xc3", b"\x7f"] {
			assert_eq!(kind(bytes, true), BYTES, "{bytes:?}");
		}
	}

	#[test]
	fn character_cut_off_by_the_look_should_not_matter() {
		let text = "ü".repeat(LOOK_AT);
		assert_eq!(kind(&text.as_bytes()[..LOOK_AT], false), TEXT);
		let mut shifted = b"a".to_vec();
		shifted.extend(text.as_bytes());
		assert_eq!(kind(&shifted, true), TEXT);
		assert_eq!(kind(&shifted[..LOOK_AT], false), TEXT);
		assert_eq!(kind("aü".as_bytes().split_at(2).0, true), BYTES);
	}
}
