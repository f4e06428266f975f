use crate::Error;
use ergon_primitives::{BlobId, JobId};

/// The parameters that are known; others are passed over.
#[derive(Debug, Default)]
pub(crate) struct Query {
	pub(crate) cid: Option<String>,
	pub(crate) job: Option<String>,
	pub(crate) format: Option<String>,
	pub(crate) timeout: Option<String>,
}

impl Query {
	/// Reads a query. None of the values needs escapes: what has some is left as it stands, and refused later.
	pub(crate) fn parse(query: Option<&str>) -> Result<Self, Error> {
		let mut read = Self::default();
		for pair in query.unwrap_or_default().split('&') {
			let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
			let (place, name) = match name {
				"cid" => (&mut read.cid, "cid"),
				"job" => (&mut read.job, "job"),
				"format" => (&mut read.format, "format"),
				"timeout" => (&mut read.timeout, "timeout"),
				_ => continue,
			};
			if place.replace(value.into()).is_some() {
				return Err(Error::Query(name));
			}
		}
		Ok(read)
	}

	/// The blob that is expected.
	pub(crate) fn blob(&self) -> Result<Option<BlobId>, Error> {
		Ok(self.cid.as_deref().map(str::parse).transpose()?)
	}

	/// The job.
	pub(crate) fn job(&self) -> Result<Option<JobId>, Error> {
		Ok(self.number("job", self.job.as_deref())?.map(JobId))
	}

	/// A parameter that is a number.
	pub(crate) fn number(&self, name: &'static str, value: Option<&str>) -> Result<Option<u64>, Error> {
		let Some(value) = value else { return Ok(None) };
		let digits = value.bytes().all(|byte| byte.is_ascii_digit());
		value.parse().ok().filter(|_| digits).map(Some).ok_or(Error::Query(name))
	}
}

#[cfg(test)]
mod tests {
	// A test may stop at the first surprise.
	#![allow(clippy::unwrap_used)]

	use super::*;

	#[test]
	fn query_should_be_read() {
		let blob = BlobId::of(b"x");
		let query = Query::parse(Some(&format!("x=y&cid={blob}&job=7&format=raw&timeout=5&&="))).unwrap();
		assert_eq!(query.blob().unwrap(), Some(blob));
		assert_eq!(query.job().unwrap(), Some(JobId(7)));
		assert_eq!(query.format.as_deref(), Some("raw"));
		assert_eq!(query.number("timeout", query.timeout.as_deref()).unwrap(), Some(5));
		assert!(Query::parse(None).unwrap().blob().unwrap().is_none());
	}

	#[test]
	fn malformed_parameter_should_be_named() {
		assert!(matches!(Query::parse(Some("job=1&job=2")), Err(Error::Query("job"))));
		for job in ["", "-1", "+1", "1.5", "99999999999999999999", "%31", "x"] {
			let query = Query::parse(Some(&format!("job={job}"))).unwrap();
			assert!(matches!(query.job(), Err(Error::Query("job"))), "{job}");
		}
		for cid in ["", "..%2f..%2fetc%2fpasswd", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"] {
			assert!(matches!(Query::parse(Some(&format!("cid={cid}"))).unwrap().blob(), Err(Error::Cid(_))));
		}
	}
}
