//! What is seen along a ray.

use crate::{
	math::{fifth, inverse_sqrt, sqrt, vec3, wave, Random, Vec3},
	scene::{Scene, Surface},
};

/// How often light is followed on from a surface.
const DEPTH: u32 = 4;
/// What adds less than this to a pixel is not followed.
const FAINT: f64 = 0.03;
/// Rays start this far off a surface, so that they do not meet it again.
const OFF: f64 = 1e-6;
/// How far the water reaches before it is lost in haze.
const HAZE: f64 = 90.0;

#[derive(Clone, Copy)]
pub struct Ray {
	pub from: Vec3,
	/// Of length 1.
	pub to: Vec3,
}

impl Ray {
	fn at(&self, distance: f64) -> Vec3 {
		self.from + self.to * distance
	}
}

/// Where a ray meets a sphere.
struct Hit<'a> {
	point: Vec3,
	/// Away from the sphere's centre, of length 1.
	normal: Vec3,
	surface: &'a Surface,
}

/// The colour that comes in along a ray.
pub fn trace(scene: &Scene, ray: Ray, random: &mut Random) -> Vec3 {
	follow(scene, ray, random, DEPTH, 1.0)
}

/// `weight` is what the answer counts for in the pixel.
fn follow(scene: &Scene, ray: Ray, random: &mut Random, depth: u32, weight: f64) -> Vec3 {
	if depth == 0 || weight < FAINT {
		return sky(scene, ray.to);
	}
	let water = if ray.to.y < -1e-4 { (scene.water - ray.from.y) / ray.to.y } else { f64::MAX };
	let water = if water > OFF { water } else { f64::MAX };
	match nearest(scene, &ray, water) {
		Some((distance, index)) => {
			let sphere = &scene.spheres[index];
			let point = ray.at(distance);
			let normal = (point - sphere.centre) * (1.0 / sphere.radius);
			let hit = Hit { point, normal, surface: &sphere.surface };
			if sphere.surface.glass > 0.0 {
				glass(scene, &ray, hit, random, depth, weight)
			} else {
				solid(scene, &ray, hit, random, depth, weight)
			}
		},
		None if water < f64::MAX => {
			let seen = waves(scene, &ray, water, random, depth, weight);
			// Distance takes the colour of the sky's edge.
			let haze = (water / HAZE).min(1.0);
			seen.mix(scene.horizon, haze * haze)
		},
		None => sky(scene, ray.to),
	}
}

/// The nearest sphere before `limit`.
fn nearest(scene: &Scene, ray: &Ray, limit: f64) -> Option<(f64, usize)> {
	let (mut best, mut found) = (limit, None);
	for (index, sphere) in scene.spheres.iter().enumerate() {
		let offset = sphere.centre - ray.from;
		let along = offset.dot(ray.to);
		let square = offset.dot(offset);
		let radius = sphere.radius * sphere.radius;
		if along < 0.0 && square > radius {
			// Behind.
			continue;
		}
		let depth = radius - (square - along * along);
		if depth <= 0.0 {
			continue;
		}
		let half = sqrt(depth);
		let near = along - half;
		let distance = if near > OFF { near } else { along + half };
		if distance > OFF && distance < best {
			(best, found) = (distance, Some(index));
		}
	}
	found.map(|index| (best, index))
}

/// How much of the sun reaches a point: one ray to a random place on its disc. Glass lets most of it through.
fn sunlight(scene: &Scene, point: Vec3, random: &mut Random) -> f64 {
	let (right, up) = scene.sun_frame;
	let (a, b) = (random.next() * 2.0 - 1.0, random.next() * 2.0 - 1.0);
	let to = (scene.sun + right * (a * scene.sun_size) + up * (b * scene.sun_size)).unit();
	let mut light = 1.0;
	for sphere in &scene.spheres {
		let offset = sphere.centre - point;
		let along = offset.dot(to);
		if along > 0.0 && offset.dot(offset) - along * along < sphere.radius * sphere.radius {
			if sphere.surface.glass == 0.0 {
				return 0.0;
			}
			light *= 0.7;
		}
	}
	light
}

fn solid(scene: &Scene, ray: &Ray, hit: Hit, random: &mut Random, depth: u32, weight: f64) -> Vec3 {
	let Hit { point, normal, surface } = hit;
	let point = point + normal * OFF;
	let facing = -ray.to.dot(normal);
	let mirror = surface.mirror + (1.0 - surface.mirror) * fifth((1.0 - facing).max(0.0)) * 0.6;
	let share = 1.0 - mirror;
	let mut colour = vec3(0.0, 0.0, 0.0);
	if share * weight > FAINT {
		let lit = normal.dot(scene.sun).max(0.0);
		let sun = if lit > 0.0 { lit * sunlight(scene, point, random) } else { 0.0 };
		// The sky from above, the water's glow from below.
		let ambient = scene.water_colour.mix(scene.zenith.mix(scene.horizon, 0.4), 0.5 + 0.5 * normal.y);
		colour = surface.colour.times(scene.sun_colour * sun + ambient * 0.55) * share;
	}
	let bounced = Ray { from: point, to: ray.to.reflected(normal) };
	let tint = vec3(1.0, 1.0, 1.0).mix(surface.colour, surface.mirror * 0.6);
	colour + tint.times(follow(scene, bounced, random, depth - 1, weight * mirror)) * mirror
}

fn glass(scene: &Scene, ray: &Ray, hit: Hit, random: &mut Random, depth: u32, weight: f64) -> Vec3 {
	let Hit { point, normal: outward, surface } = hit;
	let entering = ray.to.dot(outward) < 0.0;
	let (normal, ratio) = if entering { (outward, 1.0 / surface.glass) } else { (-outward, surface.glass) };
	let facing = -ray.to.dot(normal);
	let bent = 1.0 - ratio * ratio * (1.0 - facing * facing);
	let bounced = Ray { from: point + normal * OFF, to: ray.to.reflected(normal) };
	if bent <= 0.0 {
		return follow(scene, bounced, random, depth - 1, weight);
	}
	let base = (1.0 - surface.glass) / (1.0 + surface.glass);
	let base = base * base;
	let mirror = base + (1.0 - base) * fifth((1.0 - facing).max(0.0));
	let through = Ray {
		from: point - normal * OFF,
		to: (ray.to * ratio + normal * (ratio * facing - sqrt(bent))).unit(),
	};
	let behind = follow(scene, through, random, depth - 1, weight * (1.0 - mirror));
	// Inside, reflections are many and faint.
	let thrown = if entering { follow(scene, bounced, random, depth - 1, weight * mirror) } else { behind };
	surface.colour.times(behind) * (1.0 - mirror) + thrown * mirror
}

fn waves(scene: &Scene, ray: &Ray, distance: f64, random: &mut Random, depth: u32, weight: f64) -> Vec3 {
	let point = ray.at(distance);
	// Waves flatten with distance, where single ones cannot be seen.
	let height = scene.waves / (1.0 + distance * 0.12);
	let (x, z) = (point.x, point.z);
	let slope_x =
		wave(x * 0.27 + z * 0.10) + 0.7 * wave(x * 0.49 - z * 0.37) + 0.4 * wave(x * 1.10 + z * 0.84);
	let slope_z =
		wave(z * 0.30 - x * 0.08) + 0.7 * wave(z * 0.59 + x * 0.30) + 0.4 * wave(z * 1.16 - x * 0.65);
	let normal = vec3(-slope_x * height, 1.0, -slope_z * height).unit();
	let facing = (-ray.to.dot(normal)).max(0.0);
	let mirror = 0.04 + 0.96 * fifth(1.0 - facing.min(1.0));
	let mut to = ray.to.reflected(normal);
	if to.y < 0.001 {
		to.y = 0.001;
		to = to.unit();
	}
	let from = vec3(point.x, scene.water + OFF, point.z);
	let lit = sunlight(scene, from, random);
	let deep = scene.water_colour.times(scene.sun_colour) * (0.35 + 0.65 * lit);
	let mirror = mirror.max(0.12);
	deep * (1.0 - mirror) + follow(scene, Ray { from, to }, random, depth - 1, weight * mirror) * mirror
}

/// From the horizon up to the zenith, with the sun's disc and its glow.
fn sky(scene: &Scene, to: Vec3) -> Vec3 {
	let up = to.y.max(0.0);
	let base = scene.horizon.mix(scene.zenith, sqrt(up));
	let near = to.dot(scene.sun).max(0.0);
	let square = near * near;
	let glow = fifth(square) * 0.25 + fifth(fifth(square)) * 0.5;
	let edge = inverse_sqrt(1.0 + scene.sun_size * scene.sun_size);
	let disc = if near > edge { 6.0 } else { 0.0 };
	base + scene.sun_colour * (glow + disc)
}
