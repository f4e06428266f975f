//! Blobs over HTTP: uploads, and a trustless gateway for reads.
