//! One tile: for each pixel, the mean of its rays.

use crate::{
	math::{vec3, Random, Vec3},
	scene::Scene,
	tile::{header, Area},
	trace::{trace, Ray},
};
use alloc::vec::Vec;

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
	for y in area.y..area.y + area.height {
		for x in area.x..area.x + area.width {
			let mut sum = Vec3::default();
			for sample in 0..scene.samples * scene.samples {
				let mut random = Random::new(x, y, sample);
				// A ray somewhere in each cell of the pixel.
				let (column, row) = (sample % scene.samples, sample / scene.samples);
				let across = f64::from(x) + (f64::from(column) + random.next()) * share - width * 0.5;
				let down = f64::from(y) + (f64::from(row) + random.next()) * share - height * 0.5;
				let to = (forward + right * (across * scale) - up * (down * scale)).unit();
				sum = sum + trace(scene, Ray { from: scene.eye, to }, &mut random);
			}
			let mean = sum * (share * share);
			bytes.extend([tone(mean.x), tone(mean.y), tone(mean.z)]);
		}
	}
	bytes
}

/// From light to a byte: bright light is compressed as film does (Narkowicz's fit of ACES), then sRGB's gamma.
fn tone(light: f64) -> u8 {
	let light = light.max(0.0) * 0.8;
	let film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14);
	let gamma = libm::pow(film.min(1.0), 1.0 / 2.2);
	(gamma * 255.0 + 0.5) as u8
}
