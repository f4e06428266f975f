//! Objects in the stores of S3, Google and Azure.

use crate::{
	error::Why,
	location::{Bucket, Container},
	transport::Transport,
	web::Web,
	Limits,
};
use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use object_store::{
	aws::{AmazonS3Builder, AwsCredential},
	azure::{AzureCredential, MicrosoftAzureBuilder},
	gcp::{GcpCredential, GcpSigningCredential, GoogleCloudStorageBuilder},
	path::Path,
	BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, StaticCredentialProvider,
};
use reqwest::{header::HeaderMap, Method};
use std::sync::Arc;

/// A store and an object in it.
pub(crate) type Object = (Arc<dyn ObjectStore>, Path);

/// An object of a public S3 bucket, for strangers' hints: without credentials, through the guard.
///
/// Each builder is given empty credentials and told not to use them: without any, it would look for the machine's own, at
/// the addresses where clouds tell them and in the files of this user.
pub(crate) async fn public_s3(web: &Web, bucket: Bucket) -> Result<Object, Why> {
	let region = match bucket.region {
		Some(region) => region,
		None => region_of(web, &bucket.name).await?,
	};
	let none = AwsCredential { key_id: String::new(), secret_key: String::new(), token: None };
	let store = AmazonS3Builder::new()
		.with_bucket_name(bucket.name)
		.with_region(region)
		.with_skip_signature(true)
		.with_credentials(Arc::new(StaticCredentialProvider::new(none)))
		.with_http_connector(Transport(web.clone()))
		.with_retry(retry(web.limits))
		.build();
	Ok((Arc::new(store.map_err(failed)?), bucket.key))
}

/// As [`public_s3`], of Google.
pub(crate) fn public_gs(web: &Web, bucket: Bucket) -> Result<Object, Why> {
	let none = GcpCredential { bearer: String::new() };
	let sign = GcpSigningCredential { email: String::new(), private_key: None };
	let store = GoogleCloudStorageBuilder::new()
		.with_bucket_name(bucket.name)
		.with_skip_signature(true)
		.with_credentials(Arc::new(StaticCredentialProvider::new(none)))
		.with_signing_credentials(Arc::new(StaticCredentialProvider::new(sign)))
		.with_http_connector(Transport(web.clone()))
		.with_retry(retry(web.limits))
		.build();
	Ok((Arc::new(store.map_err(failed)?), bucket.key))
}

/// As [`public_s3`], of Azure.
pub(crate) fn public_az(web: &Web, container: Container) -> Result<Object, Why> {
	let none = AzureCredential::BearerToken(String::new());
	let store = MicrosoftAzureBuilder::new()
		.with_account(container.account.ok_or(crate::LocationError::Account)?)
		.with_container_name(container.name)
		.with_skip_signature(true)
		.with_credentials(Arc::new(StaticCredentialProvider::new(none)))
		.with_http_connector(Transport(web.clone()))
		.with_retry(retry(web.limits))
		.build();
	Ok((Arc::new(store.map_err(failed)?), container.key))
}

/// In which region a bucket is: S3 says so to anyone, whatever else it answers.
async fn region_of(web: &Web, bucket: &str) -> Result<String, Why> {
	let ask =
		format!("https://s3.amazonaws.com/{bucket}").parse().map_err(|_| crate::LocationError::Bucket)?;
	let answer = web.follow(Method::HEAD, ask, &HeaderMap::new()).await?;
	let region = answer.headers().get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
	match region {
		// It becomes a label of a host's name.
		Some(region)
			if region.len() <= 32 && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
		{
			Ok(region.to_owned())
		},
		_ if answer.status().as_u16() == 404 => Err(Why::NotFound),
		_ => {
			Err(Why::Network("S3 does not say the bucket's region; add ?region=NAME to the location".into()))
		},
	}
}

/// An object of a store that this machine's owner chose, with the credentials of the environment.
pub(crate) fn own_s3(bucket: Bucket, limits: Limits) -> Result<Object, Why> {
	let plain = bucket.endpoint.as_ref().is_some_and(|url| url.scheme() == "http");
	let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket.name).with_retry(retry(limits));
	// The environment may allow it as well, for an endpoint that it names.
	let plain = plain
		|| builder
			.get_config_value(&"aws_endpoint".parse().map_err(failed)?)
			.is_some_and(|url| url.starts_with("http://"));
	builder = builder.with_client_options(client_options(limits, plain));
	if let Some(region) = bucket.region {
		builder = builder.with_region(region);
	}
	if let Some(endpoint) = bucket.endpoint {
		builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
	}
	if bucket.anonymous {
		builder = builder.with_skip_signature(true);
	}
	Ok((Arc::new(builder.build().map_err(failed)?), bucket.key))
}

/// As [`own_s3`], of Google.
pub(crate) fn own_gs(bucket: Bucket, limits: Limits) -> Result<Object, Why> {
	let mut builder = GoogleCloudStorageBuilder::from_env()
		.with_bucket_name(bucket.name)
		.with_retry(retry(limits))
		.with_client_options(client_options(limits, false));
	if bucket.anonymous {
		builder = builder.with_skip_signature(true);
	}
	Ok((Arc::new(builder.build().map_err(failed)?), bucket.key))
}

/// As [`own_s3`], of Azure.
pub(crate) fn own_az(container: Container, limits: Limits) -> Result<Object, Why> {
	let mut builder = MicrosoftAzureBuilder::from_env()
		.with_container_name(container.name)
		.with_retry(retry(limits))
		.with_client_options(client_options(limits, false));
	if let Some(account) = container.account {
		builder = builder.with_account(account);
	}
	if container.anonymous {
		builder = builder.with_skip_signature(true);
	}
	Ok((Arc::new(builder.build().map_err(failed)?), container.key))
}

/// The bytes of an object, piece by piece.
pub(crate) async fn read(object: &Object) -> Result<impl Stream<Item = Result<Bytes, Why>> + Unpin, Why> {
	let (store, key) = object;
	Ok(store.get(key).await.map_err(failed)?.into_stream().map_err(failed))
}

/// What an error of the library means.
pub(crate) fn failed(error: object_store::Error) -> Why {
	match &error {
		object_store::Error::NotFound { .. } => Why::NotFound,
		object_store::Error::PermissionDenied { .. } => Why::Denied(Some(403)),
		object_store::Error::Unauthenticated { .. } => Why::Denied(Some(401)),
		_ => Why::of(&error),
	}
}

/// One more try, soon: whoever asked has other places and tries again.
fn retry(limits: Limits) -> RetryConfig {
	RetryConfig { backoff: BackoffConfig::default(), max_retries: 1, retry_timeout: limits.answer }
}

fn client_options(limits: Limits, plain: bool) -> ClientOptions {
	ClientOptions::new()
		.with_connect_timeout(limits.connect)
		.with_timeout(limits.total)
		.with_allow_http(plain)
}
