// A test that cannot unwrap what it has set up has failed.
#![allow(clippy::unwrap_used)]

mod bond_more;
mod deregister;
mod discharge;
mod draw;
mod engage;
mod index;
mod pause;
mod register;
mod resume;
mod set_worker;
mod survey;
mod try_state;
mod unbond;
mod update;
mod views;
mod weights;
mod withdraw;
