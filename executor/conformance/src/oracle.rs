//! What must hold of any input. The bodies of the fuzz targets.
/// Placeholder
pub fn admits(_data: &[u8]) {}
/// Placeholder
pub fn instruments(_data: &[u8]) {}
/// Placeholder
pub fn agrees(_data: &[u8]) {}
