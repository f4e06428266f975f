//! Names the definition of execution that this build carries out: a digest of the sources that decide what is compiled.
//! Compiled programs are cached under it, so that a changed definition never meets code that an earlier one made.

use sha2::{Digest, Sha256};
use std::{
	fs, io,
	path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
	let mut files = Vec::new();
	for folder in ["../core/src", "src"] {
		println!("cargo:rerun-if-changed={folder}");
		list(Path::new(folder), &mut files)?;
	}
	files.sort();
	let mut digest = Sha256::new();
	for file in files {
		digest.update(Sha256::digest(fs::read(file)?));
	}
	let name: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
	println!("cargo:rustc-env=ERGON_DEFINITION={name}");
	Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
	for entry in fs::read_dir(folder)? {
		let path = entry?.path();
		if path.is_dir() {
			list(&path, files)?;
		} else {
			files.push(path);
		}
	}
	Ok(())
}
