// Standard streams and exit over WASI preview 1; the language's own library knows browsers only.

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(descriptor: i32, list: usize, count: i32, read: usize): i32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(descriptor: i32, list: usize, count: i32, written: usize): i32;
@external("wasi_snapshot_preview1", "proc_exit")
export declare function exit(code: i32): void;

const piece = memory.data(8);
const moved = memory.data(4);

/** All of the standard input as text. */
export function readText(): string {
	let bytes = new Uint8Array(4096);
	let length = 0;
	while (true) {
		if (bytes.length - length < 1024) {
			const larger = new Uint8Array(bytes.length * 2);
			larger.set(bytes);
			bytes = larger;
		}
		store<u32>(piece, <u32>(bytes.dataStart + length));
		store<u32>(piece + 4, bytes.length - length);
		if (fd_read(0, piece, 1, moved) != 0 || load<u32>(moved) == 0) break;
		length += load<i32>(moved);
	}
	return String.UTF8.decode(bytes.buffer.slice(0, length));
}

/** Writes text to the standard output. */
export function write(text: string): void {
	const bytes = String.UTF8.encode(text);
	store<u32>(piece, <u32>changetype<usize>(bytes));
	store<u32>(piece + 4, bytes.byteLength);
	fd_write(1, piece, 1, moved);
}

/** What the compiler calls when an assertion of the language fails: the program traps. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
	unreachable();
}
