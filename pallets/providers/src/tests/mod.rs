// A test that cannot unwrap what it has set up has failed.
#![allow(clippy::unwrap_used)]

mod bond_more;
mod confirm_operator;
mod deregister;
mod discharge;
mod draw;
mod engage;
mod index;
mod operators;
mod pause;
mod register;
mod resume;
mod set_operator;
mod set_worker;
mod survey;
mod suspension;
mod trust;
mod try_state;
mod unbond;
mod update;
mod views;
mod weights;
mod withdraw;
