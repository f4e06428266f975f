//! Holds admission and both engines against the official suite, against generated modules and against each other.
//!
//! Nothing here is part of a binary that is installed. `scripts/conformance.sh` runs all of it at length; the tests of this
//! crate run a part that fits into a minute or two.

pub mod differential;
pub mod generate;
pub mod library;
pub mod oracle;
pub mod reference;
pub mod suite;
