//! A bar for transfers that take longer than a moment; on a terminal only.

use crate::context::Context;
use ergon_client::{Progress, Stage, Step};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
	io::IsTerminal,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, OnceLock,
	},
	time::{Duration, Instant},
};

/// How long a transfer may take before anything is shown.
const MOMENT: Duration = Duration::from_secs(1);

/// Shows how far one transfer, or several at a time, have come. Clones share the bar, which goes away with the last.
#[derive(Clone)]
pub struct Meter(Arc<Inner>);

struct Inner {
	what: String,
	shown: bool,
	begun: Instant,
	bar: OnceLock<ProgressBar>,
	done: AtomicU64,
	total: AtomicU64,
}

impl Meter {
	/// A meter for what is being moved.
	pub fn new(context: &Context, what: impl Into<String>) -> Self {
		let shown = !context.json && !context.quiet && std::io::stderr().is_terminal();
		Self(Arc::new(Inner {
			what: what.into(),
			shown,
			begun: Instant::now(),
			bar: OnceLock::new(),
			done: AtomicU64::new(0),
			total: AtomicU64::new(0),
		}))
	}

	/// What is told of one transfer; `None` where nothing would be shown.
	pub fn transfer(&self) -> Option<Progress> {
		if !self.0.shown {
			return None;
		}
		let inner = self.0.clone();
		let (told, last) = (AtomicU64::new(0), AtomicU64::new(0));
		Some(Arc::new(move |step: Step| {
			if let Some(total) = step.total {
				let before = told.swap(total, Ordering::Relaxed);
				inner.total.fetch_add(total.saturating_sub(before), Ordering::Relaxed);
			}
			if step.stage != Stage::Searching {
				// A transfer that begins anew is not counted again.
				let before = last.fetch_max(step.done, Ordering::Relaxed);
				inner.done.fetch_add(step.done.saturating_sub(before), Ordering::Relaxed);
			}
			inner.show(step);
		}))
	}
}

impl Inner {
	fn show(&self, step: Step) {
		if self.begun.elapsed() < MOMENT {
			return;
		}
		let bar = self.bar.get_or_init(|| {
			let bar = ProgressBar::new(0);
			let style = "{spinner} {msg} [{bar:32}] {bytes}/{total_bytes}  {bytes_per_sec}  {eta}";
			if let Ok(style) = ProgressStyle::with_template(style) {
				bar.set_style(style.progress_chars("=> "));
			}
			bar.enable_steady_tick(Duration::from_millis(200));
			bar
		});
		bar.set_message(message(&self.what, step));
		bar.set_length(self.total.load(Ordering::Relaxed));
		bar.set_position(self.done.load(Ordering::Relaxed));
	}
}

/// What is being moved, and what is being waited for where that is not the line.
fn message(what: &str, step: Step) -> String {
	match (step.stage, step.total) {
		(Stage::Sending | Stage::Receiving, _) => what.to_owned(),
		(Stage::Searching, Some(total)) => {
			format!("{what}: the node fetches it, {} of {}", size(step.done), size(total))
		},
		(Stage::Searching, None) => format!("{what}: the node looks for it"),
	}
}

impl Drop for Inner {
	fn drop(&mut self) {
		if let Some(bar) = self.bar.get() {
			bar.finish_and_clear();
		}
	}
}

/// A number of bytes as people read it: `12.5 MiB`, `640 bytes`.
pub fn size(bytes: u64) -> String {
	let (unit, name) = match bytes {
		0..=9_999 => return format!("{bytes} bytes"),
		10_000..=1_048_575 => (1u64 << 10, "KiB"),
		1_048_576..=1_073_741_823 => (1 << 20, "MiB"),
		_ => (1 << 30, "GiB"),
	};
	let tenths = (u128::from(bytes) * 10 / u128::from(unit)) as u64;
	match tenths % 10 {
		0 => format!("{} {name}", tenths / 10),
		rest => format!("{}.{rest} {name}", tenths / 10),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sizes_should_be_short() {
		let of = [0, 9_999, 10_240, 1 << 20, (25 << 20) / 2, 3 << 30, u64::MAX].map(size);
		assert_eq!(
			of,
			["0 bytes", "9999 bytes", "10 KiB", "1 MiB", "12.5 MiB", "3 GiB", "17179869183.9 GiB"]
		);
	}

	#[test]
	fn what_is_waited_for_should_be_said() {
		let step = |stage, total| Step { stage, done: 1 << 20, total };
		assert_eq!(message("blob", step(Stage::Sending, None)), "blob");
		assert_eq!(
			message("blob", step(Stage::Searching, Some(2 << 20))),
			"blob: the node fetches it, 1 MiB of 2 MiB"
		);
		assert!(message("blob", step(Stage::Searching, None)).contains("looks for it"));
	}
}
