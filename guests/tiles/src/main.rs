//! Renders a picture tile by tile, and puts the tiles together.
//!
//! - without arguments: reads a scene, renders the tile that `ERGON_TASK` of `ERGON_TASKS` names, and writes it;
//! - `assemble`: reads all tiles of a picture, one after the other in any order, and writes a PNG.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

mod math;
mod png;
mod render;
mod scene;
mod tile;
mod trace;

use alloc::{format, string::String, vec::Vec};
use ergon_guest_wasi::{args, command, complain, number, read_to_end, write_stdout};

/// What is wrong with what was given.
const BAD_INPUT: i32 = 2;

command!(run);

fn run() -> i32 {
	let args = args();
	let words: Vec<&str> = args.iter().map(String::as_str).collect();
	let made = match words[..] {
		[] => render_tile(),
		["assemble"] => tile::assemble(&read_to_end()).map(|picture| png::encode(&picture)),
		_ => Err(format!("unknown arguments {words:?}: use none to render a tile, or 'assemble'")),
	};
	match made {
		Ok(bytes) if write_stdout(&bytes) => 0,
		Ok(_) => 1,
		Err(why) => {
			complain!("tiles: {why}");
			BAD_INPUT
		},
	}
}

fn render_tile() -> Result<Vec<u8>, String> {
	let input = read_to_end();
	let text = core::str::from_utf8(&input).map_err(|e| format!("the scene is not text: {e}"))?;
	let scene = scene::Scene::parse(text)?;
	let (task, tasks) = (number("ERGON_TASK").unwrap_or(0), number("ERGON_TASKS").unwrap_or(1));
	let area = tile::area(scene.width, scene.height, task, tasks)?;
	Ok(render::render(&scene, &area))
}
