//! Compiled programs on disk: each is compiled once, and nothing that somebody else made is ever run.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

mod common;

use common::{command, context, exited};
use ergon_executor_core::{Engine, Prepared, Refusal};
use ergon_executor_wasmtime::{Cache, CacheKey, Code, Wasmtime};
use std::{
	fs,
	path::{Path, PathBuf},
	time::{Duration, SystemTime},
};
use tempfile::TempDir;

const SECRET: [u8; 32] = [7; 32];
const ROOM: u64 = 1 << 30;

fn open(folder: &Path) -> Cache {
	Cache::open(folder, CacheKey::new(SECRET), ROOM).unwrap()
}

/// A program that exits with a number.
fn exits_with(code: u32) -> Vec<u8> {
	command(&format!(
		r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(func (export "_start") (call $exit (i32.const {code})))"#
	))
}

fn compile(engine: &Wasmtime, module: &[u8]) -> Code {
	match engine.compile(module).unwrap() {
		Prepared::Ready(code) => code,
		Prepared::Refused(reason) => panic!("{reason}"),
	}
}

/// A cache with one program, its file, and what finds it.
fn cached(module: &[u8]) -> (TempDir, Cache, PathBuf, Wasmtime) {
	let folder = tempfile::tempdir().unwrap();
	let (engine, cache) = (Wasmtime::new().unwrap(), open(folder.path()));
	cache.put(&engine.cache_name(module), &compile(&engine, module)).unwrap();
	let file = files(folder.path()).pop().unwrap();
	(folder, cache, file, engine)
}

fn files(folder: &Path) -> Vec<PathBuf> {
	fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
fn prepares(engine: &Wasmtime, cache: &Cache, module: &[u8], code: u32) {
	let Prepared::Ready(program) = engine.prepare_cached(cache, module).unwrap() else { panic!("refused") };
	exited(&engine.run(&program, &context(), b"").unwrap(), code);
}

/// Checks that a file is not believed: nothing is found, the file goes, and the next one asked for is compiled.
#[track_caller]
fn is_not_believed(engine: &Wasmtime, cache: &Cache, file: &Path, module: &[u8], code: u32) {
	assert!(cache.get(&engine.cache_name(module)).is_none());
	assert!(!file.exists(), "a file that is not believed is deleted");
	prepares(engine, cache, module, code);
	assert!(cache.get(&engine.cache_name(module)).is_some(), "and is there again, compiled anew");
}

#[test]
fn a_program_should_be_compiled_once() {
	let module = exits_with(3);
	let folder = tempfile::tempdir().unwrap();
	let (engine, cache) = (Wasmtime::new().unwrap(), open(folder.path()));
	assert!(cache.get(&engine.cache_name(&module)).is_none());
	prepares(&engine, &cache, &module, 3);
	let kept = cache.get(&engine.cache_name(&module)).unwrap();
	assert_eq!(kept, compile(&engine, &module), "compiling again makes the same code");
	prepares(&engine, &cache, &module, 3);
	// Another process, another folder handle, the same key.
	prepares(&Wasmtime::new().unwrap(), &open(folder.path()), &module, 3);
	assert_eq!(files(folder.path()).len(), 1, "and nothing unfinished is left");
}

#[test]
fn code_from_another_engine_s_settings_should_not_be_found() {
	let module = exits_with(3);
	let (_folder, cache, _, engine) = cached(&module);
	let fenced = Wasmtime::with_fence(Duration::from_secs(60)).unwrap();
	assert_ne!(fenced.cache_name(&module), engine.cache_name(&module));
	assert!(cache.get(&fenced.cache_name(&module)).is_none());
	assert_ne!(engine.cache_name(&exits_with(4)), engine.cache_name(&module));
	// What a child runs is what any other engine without a fence compiles.
	let child = Wasmtime::for_child().unwrap();
	assert_eq!(child.cache_name(&module), engine.cache_name(&module));
	prepares(&child, &cache, &module, 3);
}

#[test]
fn a_file_changed_by_one_bit_should_be_compiled_again() {
	let module = exits_with(3);
	let (_folder, cache, file, engine) = cached(&module);
	let whole = fs::read(&file).unwrap();
	// Each byte of the head and of the facts, and a choice of the machine code.
	for at in (0..100).chain((100..whole.len()).step_by(997)).chain([whole.len() - 1]) {
		let mut bytes = whole.clone();
		bytes[at] ^= 1 << (at % 8);
		fs::write(&file, bytes).unwrap();
		assert!(cache.get(&engine.cache_name(&module)).is_none(), "byte {at}");
		assert!(!file.exists(), "byte {at}");
	}
	fs::write(&file, &whole).unwrap();
	assert!(cache.get(&engine.cache_name(&module)).is_some());
	let mut bytes = whole;
	bytes[80] ^= 1;
	fs::write(&file, bytes).unwrap();
	is_not_believed(&engine, &cache, &file, &module, 3);
}

#[test]
fn a_file_that_is_cut_off_or_goes_on_should_be_compiled_again() {
	let module = exits_with(3);
	let (_folder, cache, file, engine) = cached(&module);
	let whole = fs::read(&file).unwrap();
	let longer = [&whole[..], b"x"].concat();
	for bytes in
		[&whole[..whole.len() - 1], &whole[..whole.len() / 2], &whole[..48], &whole[..5], b"", &longer]
	{
		fs::write(&file, bytes).unwrap();
		is_not_believed(&engine, &cache, &file, &module, 3);
	}
}

#[test]
fn a_file_of_another_key_should_be_compiled_again() {
	let module = exits_with(3);
	let (folder, cache, file, engine) = cached(&module);
	let other = Cache::open(folder.path(), CacheKey::new([8; 32]), ROOM).unwrap();
	is_not_believed(&engine, &other, &file, &module, 3);
	is_not_believed(&engine, &cache, &file, &module, 3);
}

#[test]
fn a_file_of_another_program_or_version_should_be_compiled_again() {
	let (module, other) = (exits_with(3), exits_with(4));
	let (folder, cache, file, engine) = cached(&module);
	// Genuine code of another program, under this one's name.
	cache.put(&engine.cache_name(&other), &compile(&engine, &other)).unwrap();
	let others = files(folder.path()).into_iter().find(|path| *path != file).unwrap();
	fs::rename(&others, &file).unwrap();
	is_not_believed(&engine, &cache, &file, &module, 3);
	// Genuine code of another engine, under this one's name.
	let fenced = Wasmtime::with_fence(Duration::from_secs(60)).unwrap();
	cache.put(&fenced.cache_name(&module), &compile(&fenced, &module)).unwrap();
	let others = files(folder.path()).into_iter().find(|path| *path != file).unwrap();
	fs::rename(&others, &file).unwrap();
	is_not_believed(&engine, &cache, &file, &module, 3);
}

#[test]
fn what_is_no_file_should_not_be_read() {
	let module = exits_with(3);
	let (_folder, cache, file, engine) = cached(&module);
	fs::remove_file(&file).unwrap();
	fs::create_dir(&file).unwrap();
	assert!(cache.get(&engine.cache_name(&module)).is_none());
	prepares(&engine, &cache, &module, 3);
}

#[test]
fn the_oldest_should_make_room() {
	let folder = tempfile::tempdir().unwrap();
	let engine = Wasmtime::new().unwrap();
	let modules: Vec<_> = (0..4).map(exits_with).collect();
	let codes: Vec<_> = modules.iter().map(|module| compile(&engine, module)).collect();
	let size = codes[0].as_bytes().len() as u64 + 48;
	// Room for three.
	let cache = Cache::open(folder.path(), CacheKey::new(SECRET), 3 * size + size / 2).unwrap();
	let name = |at: usize| engine.cache_name(&modules[at]);
	let path = |at: usize| folder.path().join(format!("{}.code", name(at)));
	let bystander = folder.path().join("notes.txt");
	fs::write(&bystander, vec![0; 10 * size as usize]).unwrap();
	for (at, code) in codes.iter().enumerate().take(3) {
		cache.put(&name(at), code).unwrap();
		let time = SystemTime::now() - Duration::from_secs(1000 - at as u64);
		fs::File::options().write(true).open(path(at)).unwrap().set_modified(time).unwrap();
	}
	// The first is used, so the second is the one that was not for the longest time.
	assert!(cache.get(&name(0)).is_some());
	cache.put(&name(3), &codes[3]).unwrap();
	let kept: Vec<_> = (0..4).filter(|at| path(*at).exists()).collect();
	assert_eq!(kept, [0, 2, 3]);
	assert!(bystander.exists(), "what is not the cache's is left alone");
	// What does not fit at all is not kept, and takes nobody's room.
	let small = Cache::open(folder.path(), CacheKey::new(SECRET), size - 1).unwrap();
	small.put(&name(1), &codes[1]).unwrap();
	assert!(!path(1).exists() && path(0).exists());
}

#[test]
fn a_refused_module_should_not_be_kept() {
	let folder = tempfile::tempdir().unwrap();
	let (engine, cache) = (Wasmtime::new().unwrap(), open(folder.path()));
	let refused = engine.prepare_cached(&cache, b"\0asm").unwrap();
	assert!(matches!(refused, Prepared::Refused(Refusal::NotWasm)));
	assert!(files(folder.path()).is_empty());
}

#[test]
fn a_key_should_be_made_once_and_read_by_its_owner_only() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("cache.key");
	let (module, engine) = (exits_with(3), Wasmtime::new().unwrap());
	let keep = |key: CacheKey| Cache::open(folder.path().join("cache"), key, ROOM).unwrap();
	keep(CacheKey::load_or_create(&path).unwrap())
		.put(&engine.cache_name(&module), &compile(&engine, &module))
		.unwrap();
	let again = CacheKey::load_or_create(&path).unwrap();
	assert_eq!(format!("{again:?}"), "CacheKey(secret)");
	assert!(keep(again).get(&engine.cache_name(&module)).is_some());
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
	}
	fs::write(&path, b"short").unwrap();
	let error = CacheKey::load_or_create(&path).unwrap_err().to_string();
	assert!(error.contains("cache.key") && error.contains("delete it"), "{error}");
}
