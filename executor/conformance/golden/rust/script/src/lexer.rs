//! Words of a script.

use alloc::{format, string::String, vec::Vec};

#[derive(Clone, PartialEq)]
pub enum Token<'a> {
	Number(f64),
	Text(&'a str),
	Name(&'a str),
	Sign(&'static str),
	End,
}

const SIGNS: [&str; 22] = [
	"==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "<", ">", "=", "!", "(", ")", "{", "}", "[", "]", ",", ";", "#",
];

/// Splits a script into words with their lines.
pub fn tokens(source: &str) -> Result<Vec<(Token<'_>, usize)>, String> {
	let mut tokens = Vec::new();
	let (mut rest, mut line) = (source, 1);
	loop {
		let blank = rest.len() - rest.trim_start().len();
		line += rest[..blank].matches('\n').count();
		rest = &rest[blank..];
		let Some(first) = rest.chars().next() else {
			tokens.push((Token::End, line));
			return Ok(tokens);
		};
		let (token, length) = if rest.starts_with("//") {
			rest = rest.find('\n').map_or("", |end| &rest[end..]);
			continue;
		} else if first.is_ascii_digit() {
			let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
			(Token::Number(number(&rest[..length])), length)
		} else if first.is_ascii_alphabetic() || first == '_' {
			let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
			(Token::Name(&rest[..length]), length)
		} else if first == '"' {
			let end = rest[1..].find('"').ok_or_else(|| format!("line {line}: a text does not end"))?;
			(Token::Text(&rest[1..=end]), end + 2)
		} else {
			let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
			let sign = sign.ok_or_else(|| format!("line {line}: '{first}' means nothing"))?;
			(Token::Sign(sign), sign.len())
		};
		tokens.push((token, line));
		line += rest[..length].matches('\n').count();
		rest = &rest[length..];
	}
}

/// Digits with a point among them. Not rounded as exactly as the library does it, for a tenth of the code.
fn number(text: &str) -> f64 {
	let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
	let digits = |text: &str| text.bytes().fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit.wrapping_sub(b'0')));
	digits(whole) + digits(fraction) / fraction.bytes().fold(1.0, |power, _| power * 10.0)
}
