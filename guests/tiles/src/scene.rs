//! Scenes: lines of a word and numbers. `#` starts a comment.

use crate::math::{vec3, Vec3};
use alloc::{format, string::String, vec::Vec};

/// The largest picture in either direction.
const MAX_SIZE: u32 = 16_384;
/// The most spheres.
const MAX_SPHERES: usize = 1_000;

/// How a surface looks.
#[derive(Clone, Debug)]
pub struct Surface {
	pub colour: Vec3,
	/// The share of light that it throws back as a mirror does, seen from the front.
	pub mirror: f64,
	/// Above 0: clear, with this refractive index.
	pub glass: f64,
}

#[derive(Clone, Debug)]
pub struct Sphere {
	pub centre: Vec3,
	pub radius: f64,
	pub surface: Surface,
}

/// What is rendered.
#[derive(Clone, Debug)]
pub struct Scene {
	pub width: u32,
	pub height: u32,
	/// Rays for a pixel: this many squared.
	pub samples: u32,
	pub eye: Vec3,
	pub target: Vec3,
	/// How much is seen from top to bottom, as the picture's height at distance 1.
	pub view: f64,
	pub sun: Vec3,
	/// Two directions across the sun's disc.
	pub sun_frame: (Vec3, Vec3),
	/// How far the sun's edge is from its centre, as a share of its distance: how soft shadows are.
	pub sun_size: f64,
	pub sun_colour: Vec3,
	pub zenith: Vec3,
	pub horizon: Vec3,
	/// The water's height, colour and waves.
	pub water: f64,
	pub water_colour: Vec3,
	pub waves: f64,
	pub spheres: Vec<Sphere>,
}

impl Scene {
	/// Reads a scene; the error says which line is wrong.
	pub fn parse(text: &str) -> Result<Self, String> {
		let mut scene = Self {
			width: 0,
			height: 0,
			samples: 2,
			eye: vec3(0.0, 2.0, -8.0),
			target: vec3(0.0, 1.0, 0.0),
			view: 0.8,
			sun: vec3(0.5, 0.5, -0.4).unit(),
			sun_frame: Default::default(),
			sun_size: 0.05,
			sun_colour: vec3(1.0, 0.9, 0.7),
			zenith: vec3(0.2, 0.4, 0.8),
			horizon: vec3(0.9, 0.9, 1.0),
			water: 0.0,
			water_colour: vec3(0.05, 0.15, 0.2),
			waves: 0.0,
			spheres: Vec::new(),
		};
		for (number, line) in text.lines().enumerate() {
			scene.line(line).map_err(|why| format!("scene, line {}: {why}", number + 1))?;
		}
		if scene.width == 0 {
			return Err("the scene has no 'size WIDTH HEIGHT'".into());
		}
		scene.sun_frame = scene.sun.frame();
		Ok(scene)
	}

	fn line(&mut self, line: &str) -> Result<(), String> {
		let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
		let Some(word) = words.next() else { return Ok(()) };
		let numbers = words.map(number).collect::<Result<Vec<_>, _>>()?;
		match (word, &numbers[..]) {
			("size", [width, height]) => {
				self.width = whole(*width, MAX_SIZE)?;
				self.height = whole(*height, MAX_SIZE)?;
			},
			("samples", [samples]) => self.samples = whole(*samples, 16)?,
			("camera", [ex, ey, ez, tx, ty, tz, view]) => {
				(self.eye, self.target, self.view) = (vec3(*ex, *ey, *ez), vec3(*tx, *ty, *tz), *view);
			},
			("sun", [x, y, z, size, r, g, b]) => {
				(self.sun, self.sun_size, self.sun_colour) =
					(vec3(*x, *y, *z).unit(), *size, vec3(*r, *g, *b));
			},
			("sky", [zr, zg, zb, hr, hg, hb]) => {
				(self.zenith, self.horizon) = (vec3(*zr, *zg, *zb), vec3(*hr, *hg, *hb));
			},
			("water", [height, r, g, b, waves]) => {
				(self.water, self.water_colour, self.waves) = (*height, vec3(*r, *g, *b), *waves);
			},
			("sphere", [x, y, z, radius, r, g, b, mirror]) => {
				let surface = Surface { colour: vec3(*r, *g, *b), mirror: *mirror, glass: 0.0 };
				self.sphere(vec3(*x, *y, *z), *radius, surface)?;
			},
			("glass", [x, y, z, radius, r, g, b, index]) => {
				if *index < 1.0 {
					return Err("a refractive index is at least 1".into());
				}
				let surface = Surface { colour: vec3(*r, *g, *b), mirror: 0.0, glass: *index };
				self.sphere(vec3(*x, *y, *z), *radius, surface)?;
			},
			("size" | "samples" | "camera" | "sun" | "sky" | "water" | "sphere" | "glass", given) => {
				return Err(format!("'{word}' does not take {} numbers", given.len()));
			},
			_ => return Err(format!("unknown word '{word}'")),
		}
		Ok(())
	}

	fn sphere(&mut self, centre: Vec3, radius: f64, surface: Surface) -> Result<(), String> {
		if radius <= 0.0 {
			return Err("a radius is above 0".into());
		}
		if self.spheres.len() == MAX_SPHERES {
			return Err(format!("more than {MAX_SPHERES} spheres"));
		}
		self.spheres.push(Sphere { centre, radius, surface });
		Ok(())
	}
}

fn number(word: &str) -> Result<f64, String> {
	word.parse::<f64>()
		.ok()
		.filter(|number| number.is_finite())
		.ok_or_else(|| format!("'{word}' is not a number"))
}

fn whole(number: f64, most: u32) -> Result<u32, String> {
	let whole = number as u32;
	if (1..=most).contains(&whole) && f64::from(whole) == number {
		Ok(whole)
	} else {
		Err(format!("{number} is not a whole number from 1 to {most}"))
	}
}
