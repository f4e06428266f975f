// Draws the Mandelbrot set in letters, once with f64 and once with f32: floating point in loops, garbage-collected text.
// The input is `WIDTH HEIGHT ITERATIONS`.
import { readText, write, exit } from "./wasi";

const SHADES = " .:-=+*#%@";

function escape<T extends number>(cr: T, ci: T, limit: i32): i32 {
	let r: T = <T>0, i: T = <T>0, n = 0;
	while (n < limit && <T>(r * r + i * i) <= <T>4) {
		const next: T = <T>(r * r - i * i + cr);
		i = <T>(<T>2 * r * i + ci);
		r = next;
		n++;
	}
	return n;
}

function draw<T extends number>(width: i32, height: i32, limit: i32): i64 {
	let total: i64 = 0;
	for (let y = 0; y < height; y++) {
		let line = "";
		for (let x = 0; x < width; x++) {
			const cr: T = <T>(<T>3.5 * <T>x / <T>width - <T>2.5);
			const ci: T = <T>(<T>2.5 * <T>y / <T>height - <T>1.25);
			const n = escape<T>(cr, ci, limit);
			total += n;
			line += SHADES.charAt(n == limit ? 0 : 1 + n % 9);
		}
		write(line + "\n");
	}
	return total;
}

const words = readText().trim().split(" ");
if (words.length != 3) exit(2);
const width = I32.parseInt(words[0]), height = I32.parseInt(words[1]), limit = I32.parseInt(words[2]);
if (width < 1 || height < 1 || limit < 1) exit(2);
const exact = draw<f64>(width, height, limit);
const single = draw<f32>(width, height, limit);
write(exact.toString() + " " + single.toString() + " " + (<f64>exact / <f64>single).toString() + "\n");
