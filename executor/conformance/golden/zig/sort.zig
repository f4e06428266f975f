//! Sorts pseudo-random numbers in six ways and checks that all agree: comparisons through function pointers, swaps,
//! counting. The input is `COUNT SEED`.
const std = @import("std");

var comparisons: u64 = 0;

fn less(_: void, a: u32, b: u32) bool {
    comparisons += 1;
    return a < b;
}

fn radix(values: []u32, spare: []u32) void {
    var from = values;
    var to = spare;
    var shift: u5 = 0;
    while (true) {
        var counts = [_]usize{0} ** 257;
        for (from) |value| counts[((value >> shift) & 255) + 1] += 1;
        for (1..257) |i| counts[i] += counts[i - 1];
        for (from) |value| {
            const place = &counts[(value >> shift) & 255];
            to[place.*] = value;
            place.* += 1;
        }
        std.mem.swap([]u32, &from, &to);
        if (shift == 24) return;
        shift += 8;
    }
}

fn merge(values: []u32, spare: []u32) void {
    if (values.len < 2) return;
    const middle = values.len / 2;
    merge(values[0..middle], spare[0..middle]);
    merge(values[middle..], spare[middle..]);
    @memcpy(spare, values);
    var left: usize = 0;
    var right = middle;
    for (values) |*value| {
        if (right == spare.len or (left < middle and !less({}, spare[right], spare[left]))) {
            value.* = spare[left];
            left += 1;
        } else {
            value.* = spare[right];
            right += 1;
        }
    }
}

fn shell(values: []u32) void {
    var gap = values.len / 2;
    while (gap > 0) : (gap /= 2) {
        for (gap..values.len) |i| {
            const value = values[i];
            var j = i;
            while (j >= gap and less({}, value, values[j - gap])) : (j -= gap) values[j] = values[j - gap];
            values[j] = value;
        }
    }
}

const Way = enum { quick, heap, block, merge, shell, radix };

pub fn main() !void {
    const out = std.io.getStdOut().writer();
    var buffer: [64]u8 = undefined;
    const text = buffer[0..try std.io.getStdIn().readAll(&buffer)];
    var words = std.mem.tokenizeAny(u8, text, " \n");
    const count = try std.fmt.parseInt(usize, words.next() orelse return error.NoCount, 10);
    const seed = try std.fmt.parseInt(u64, words.next() orelse return error.NoSeed, 10);
    const allocator = std.heap.page_allocator;
    const given = try allocator.alloc(u32, count);
    const values = try allocator.alloc(u32, count);
    const spare = try allocator.alloc(u32, count);
    var random = std.Random.Pcg.init(seed);
    for (given) |*value| value.* = random.random().uintLessThan(u32, @intCast(count * 4 + 1));
    for (std.enums.values(Way)) |way| {
        @memcpy(values, given);
        comparisons = 0;
        switch (way) {
            .quick => std.sort.pdq(u32, values, {}, less),
            .heap => std.sort.heap(u32, values, {}, less),
            .block => std.sort.block(u32, values, {}, less),
            .merge => merge(values, spare),
            .shell => shell(values),
            .radix => radix(values, spare),
        }
        var sum: u64 = 0;
        for (values, 0..) |value, i| {
            if (i > 0 and values[i - 1] > value) return error.NotSorted;
            sum = sum *% 31 +% value;
        }
        try out.print("{s}: {d} comparisons, {x}\n", .{ @tagName(way), comparisons, sum });
    }
}
