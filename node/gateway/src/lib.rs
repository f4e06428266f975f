//! Blobs over HTTP: uploads, and a trustless gateway for reads.
//!
//! | request | answer |
//! |---|---|
//! | `PUT /blobs[?cid=EXPECTED][&job=N]` | stores the body: 201, or 200 if it was here; `{"cid", "size"}` |
//! | `GET`, `HEAD /ipfs/{cid}[?format=raw][&timeout=SECONDS]` | the blob, or with `format=raw` the block; from here or from the network |
//!
//! Errors are [`Error`]s as JSON. Reads are open to everybody, pages of any origin included: a blob is public by its nature.
//! Uploads are open to programs on the node's machine ([`Uploads`]); others sign them (see [`auth`]).
//!
//! What a stranger can make the gateway do is bounded by [`Limits`] in number, time and memory; what comes from the network
//! is verified before it is passed on, and what is passed on is never taken for a page or a script by a browser.
//!
//! ```no_run
//! # fn example(parts: ergon_gateway::Parts, runtime: &tokio::runtime::Handle) -> std::io::Result<()> {
//! let listening = ergon_gateway::Listening::bind(([127, 0, 0, 1], 9955).into())?;
//! let gateway = listening.serve(parts, runtime)?;
//! println!("Blobs over HTTP: http://{}", gateway.address());
//! # Ok(())
//! # }
//! ```

mod admit;
mod app;
pub mod auth;
mod body;
mod chain;
mod conditions;
mod connection;
mod error;
mod format;
mod get;
mod limits;
mod metrics;
mod origin;
mod put;
mod query;
mod range;
mod routes;
mod serve;
mod sniff;
mod upload;

pub use app::Parts;
pub use chain::{Chain, Standing};
pub use error::Error;
pub use limits::{Limits, Uploads};
pub use metrics::Metrics;
pub use origin::Suspicion;
pub use serve::{Gateway, Listening};
