//! Blobs between nodes: the server and the client of Bitswap over the blob store, and the fetch of whole blobs.
