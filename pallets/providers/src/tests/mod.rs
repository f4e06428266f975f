// A test that cannot unwrap what it has set up has failed.
#![allow(clippy::unwrap_used)]

mod bond_more;
mod deregister;
