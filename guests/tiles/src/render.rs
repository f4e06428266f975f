//! One tile: for each pixel, the mean of its rays.

use crate::{
	math::{vec3, Random, Vec3},
	scene::Scene,
	tile::{header, Area},
	trace::{trace, Ray},
};
use alloc::vec::Vec;

/// The square of the share by which colours may differ and still be alike.
const ALIKE: f64 = 0.0004;

/// The tile's bytes: header and pixels.
pub fn render(scene: &Scene, area: &Area) -> Vec<u8> {
	let mut bytes = header(scene.width, scene.height, area);
	bytes.reserve(area.pixels() * 3);
	let forward = (scene.target - scene.eye).unit();
	let right = vec3(0.0, 1.0, 0.0).cross(forward).unit();
	let up = forward.cross(right);
	let (width, height) = (f64::from(scene.width), f64::from(scene.height));
	let scale = scene.view / height;
	let share = 1.0 / f64::from(scene.samples);
	let look = |x: u32, y: u32, sample: u32| {
		let mut random = Random::new(x, y, sample);
		// Somewhere in its cell of the pixel.
		let (column, row) = (sample % scene.samples, sample / scene.samples);
		let across = f64::from(x) + (f64::from(column) + random.next()) * share - width * 0.5;
		let down = f64::from(y) + (f64::from(row) + random.next()) * share - height * 0.5;
		let to = (forward + right * (across * scale) - up * (down * scale)).unit();
		trace(scene, Ray { from: scene.eye, to }, &mut random)
	};
	let last = scene.samples * scene.samples - 1;
	for y in area.y..area.y + area.height {
		for x in area.x..area.x + area.width {
			// Two opposite corners first: where they agree, there is nothing in between to find.
			let (mut sum, mut rays) = (look(x, y, 0), 1.0);
			if last > 0 {
				let other = look(x, y, last);
				let agreed = alike(sum, other);
				(sum, rays) = (sum + other, 2.0);
				if !agreed {
					sum = (1..last).fold(sum, |sum, sample| sum + look(x, y, sample));
					rays = f64::from(last + 1);
				}
			}
			let mean = sum * (1.0 / rays);
			bytes.extend([tone(mean.x), tone(mean.y), tone(mean.z)]);
		}
	}
	bytes
}

/// Whether two colours are too near each other to be told apart.
fn alike(a: Vec3, b: Vec3) -> bool {
	let (difference, sum) = (a - b, a + b);
	let limit = ALIKE * (0.1 + sum.dot(sum));
	difference.dot(difference) < limit
}

/// From light to a byte: bright light is compressed as film does (Narkowicz's fit of ACES), then sRGB's gamma.
fn tone(light: f64) -> u8 {
	let light = light.max(0.0) * 0.8;
	let film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14);
	let gamma = libm::pow(film.min(1.0), 1.0 / 2.2);
	(gamma * 255.0 + 0.5) as u8
}
