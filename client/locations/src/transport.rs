//! The guarded client as the transport of `object_store`, so that what that library asks of a cloud for a stranger goes
//! through the guard too.

use crate::{
	error::{Packed, Refusal, Why},
	web::{packed, Web},
};
use bytes::{Bytes, BytesMut};
use futures::{future::BoxFuture, StreamExt};
use object_store::{
	client::{
		HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
		HttpService,
	},
	ClientOptions,
};
use reqwest::Method;

/// The most bytes kept of an answer that is no success: enough for its first words.
const MAX_COMPLAINT: usize = 2048;

/// Whatever client the library asks for, it gets the guarded one.
#[derive(Clone, Debug)]
pub(crate) struct Transport(pub Web);

impl HttpConnector for Transport {
	fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
		Ok(HttpClient::new(self.clone()))
	}
}

impl HttpService for Transport {
	// The trait is written with a macro; this is what it makes of `async fn`.
	fn call<'service, 'future>(
		&'service self,
		request: HttpRequest,
	) -> BoxFuture<'future, Result<HttpResponse, HttpError>>
	where
		'service: 'future,
		Self: 'future,
	{
		Box::pin(self.answer(request))
	}
}

impl Transport {
	async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
		if !matches!(*request.method(), Method::GET | Method::HEAD) || !request.body().is_empty() {
			return Err(final_error(Why::Refused(Refusal::Writing)));
		}
		let url = request
			.uri()
			.to_string()
			.parse()
			.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
		let response =
			self.0.follow(request.method().clone(), url, request.headers()).await.map_err(final_error)?;
		if let Some(encoding) = packed(response.headers()) {
			return Err(HttpError::new(HttpErrorKind::Unknown, Packed(encoding)));
		}
		let (status, headers) = (response.status(), response.headers().clone());
		// The library reads complaints whole, into memory.
		let body = if status.is_success() {
			let body = reqwest::Body::from(response);
			HttpResponseBody::new(http_body_util::BodyExt::map_err(body, |error| {
				HttpError::new(HttpErrorKind::Unknown, error.without_url())
			}))
		} else {
			complaint(response).await.into()
		};
		let mut answer = HttpResponse::new(body);
		*answer.status_mut() = status;
		*answer.headers_mut() = headers;
		Ok(answer)
	}
}

/// The first bytes of a body, as text.
async fn complaint(response: reqwest::Response) -> Bytes {
	let mut body = response.bytes_stream();
	let mut kept = BytesMut::new();
	while let Some(Ok(piece)) = body.next().await {
		kept.extend_from_slice(&piece[..piece.len().min(MAX_COMPLAINT - kept.len())]);
		if kept.len() == MAX_COMPLAINT {
			break;
		}
	}
	// The library takes nothing else than UTF-8.
	String::from_utf8_lossy(&kept).into_owned().into()
}

/// An error of the kind that the library does not try again.
fn final_error(why: Why) -> HttpError {
	match why {
		Why::Refused(refusal) => HttpError::new(HttpErrorKind::Unknown, refusal),
		other => HttpError::new(HttpErrorKind::Unknown, other),
	}
}
