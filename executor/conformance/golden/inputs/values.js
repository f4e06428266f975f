// Every kind of value through every kind of place, and NaNs in bits.
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
print(fib(18));
const values = [1, 1.5, -0, NaN, 0 / 0, -NaN, Infinity, null, undefined, true, "text", { a: 1 }, [1, [2]], Symbol.iterator.toString(), 10n ** 30n];
for (const v of values) print(typeof v, String(v), Object.is(v, NaN), v === v);
print(JSON.stringify(values.filter(v => typeof v !== "bigint")));
const f = new Float64Array([NaN, 0 / 0, Math.sqrt(-1), Infinity - Infinity, 1 / -Infinity]);
print([...new BigUint64Array(f.buffer)].map(x => x.toString(16)).join(" "));
const g = new Float32Array([NaN, Math.sqrt(-1)]);
print([...new Uint32Array(g.buffer)].map(x => x.toString(16)).join(" "));
// Bits of NaNs through typed arrays: a signalling one, and one with a payload.
const bits = new BigUint64Array([0x7ff0000000000001n, 0xfff8dead0000beefn]);
const floats = new Float64Array(bits.buffer), copy = new Float64Array(2);
copy.set(floats); print([...new BigUint64Array(copy.buffer)].map(x => x.toString(16)).join(" "));
const map = new Map(); for (const w of "the quick brown fox jumps over the lazy dog the end".split(" ")) map.set(w, (map.get(w) || 0) + 1);
print([...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(e => e.join(":")).join(" "));
print("2026-11-21".replace(/(\d+)-(\d+)-(\d+)/, "$3.$2.$1"), /(?<y>\d{4})/.exec("in 1999").groups.y);
function* gen() { for (let i = 0; i < 5; i++) yield i * i; } print([...gen()].join());
class A { #x = 1; get x() { return this.#x; } } class B extends A { get x() { return super.x + 1; } } print(new B().x);
try { null.x } catch (e) { print(e instanceof TypeError, e.message); }
print([3.3, 1.1, -2.2, 1e21, 1e-7, 0.1 + 0.2].sort((a, b) => a - b).join());
print(new Date(0).toISOString(), Math.max(NaN, 1), [NaN].includes(NaN), [NaN].indexOf(NaN));
