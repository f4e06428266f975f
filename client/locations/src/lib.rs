//! Blobs at other places than Ergon's nodes: web servers, S3, Google and Azure, folders. Fetched under bounds, and a blob
//! only if the bytes hash to its name.
//!
//! There are two kinds of places, and they share nothing but the way bytes are counted, timed and hashed:
//!
//! - **Hints** ([`Hints`]) come from jobs on chain. Strangers write them, to be fetched by machines that stand in other
//!   people's networks. They get the public Internet only, over `https`, without credentials or a proxy, and never an
//!   address that only this machine can reach ([`address`]), whatever name or redirect leads there.
//! - **Stores** ([`Store`]) are configured by the machine's owner, who may mean any address, plain `http`, a folder, and
//!   the credentials of the environment. Blobs can be written there too.
//!
//! A [`Location`] is how either is written: a URL with `{cid}` where the blob's name stands.

pub mod address;
mod cloud;
mod error;
mod folder;
mod guard;
mod hints;
mod limits;
mod location;
mod pour;
mod store;
mod transport;
mod web;

pub use error::{FetchError, Refusal, Why};
pub use guard::{Resolver, SystemResolver};
pub use hints::{HintPolicy, Hints};
pub use limits::Limits;
pub use location::{Location, LocationError, Scheme, MAX_LOCATION};
pub use pour::Sink;
pub use store::Store;
pub use web::MAX_REDIRECTS;
