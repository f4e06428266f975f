//! Blobs at other places: https, s3, gs, az and file locations, fetched under bounds and checked against their names.
