//! Solves Sudoku puzzles, one a line, by backtracking over sets of bits, and counts the solutions up to two: recursion that
//! branches on data, population counts and trailing zeros. Exit code 2: a line that is no puzzle.
const std = @import("std");

const Grid = struct {
    cells: [81]u8 = [_]u8{0} ** 81,
    rows: [9]u16 = [_]u16{0} ** 9,
    columns: [9]u16 = [_]u16{0} ** 9,
    boxes: [9]u16 = [_]u16{0} ** 9,

    fn box(cell: usize) usize {
        return cell / 27 * 3 + cell % 9 / 3;
    }

    fn free(self: *const Grid, cell: usize) u16 {
        return ~(self.rows[cell / 9] | self.columns[cell % 9] | self.boxes[box(cell)]) & 0x1FF;
    }

    fn toggle(self: *Grid, cell: usize, bit: u16) void {
        self.rows[cell / 9] ^= bit;
        self.columns[cell % 9] ^= bit;
        self.boxes[box(cell)] ^= bit;
        self.cells[cell] = if (self.cells[cell] == 0) @as(u8, @ctz(bit)) + 1 else 0;
    }

    /// Counts solutions up to `most`; the first one stays in `found`.
    fn solve(self: *Grid, found: *[81]u8, most: u32, tried: *u64) u32 {
        var chosen: usize = 81;
        var fewest: u16 = 10;
        for (self.cells, 0..) |value, cell| {
            if (value != 0) continue;
            const count = @popCount(self.free(cell));
            if (count < fewest) {
                fewest = count;
                chosen = cell;
            }
        }
        if (chosen == 81) {
            if (found[0] == 0) found.* = self.cells;
            return 1;
        }
        var solutions: u32 = 0;
        var left = self.free(chosen);
        while (left != 0 and solutions < most) : (left &= left - 1) {
            const bit = left & (~left +% 1);
            tried.* += 1;
            self.toggle(chosen, bit);
            solutions += self.solve(found, most - solutions, tried);
            self.toggle(chosen, bit);
        }
        return solutions;
    }
};

fn parse(line: []const u8) ?Grid {
    if (line.len != 81) return null;
    var grid = Grid{};
    for (line, 0..) |character, cell| switch (character) {
        '.', '0' => {},
        '1'...'9' => {
            const bit = @as(u16, 1) << @intCast(character - '1');
            if (grid.free(cell) & bit == 0) return null;
            grid.toggle(cell, bit);
        },
        else => return null,
    };
    return grid;
}

pub fn main() u8 {
    const text = std.io.getStdIn().readToEndAlloc(std.heap.page_allocator, 1 << 20) catch return 3;
    const out = std.io.getStdOut().writer();
    var lines = std.mem.tokenizeAny(u8, text, "\r\n");
    while (lines.next()) |line| {
        var grid = parse(line) orelse return 2;
        var found = [_]u8{0} ** 81;
        var tried: u64 = 0;
        const solutions = grid.solve(&found, 2, &tried);
        for (&found) |*value| value.* += '0';
        out.print("{s} {d} {d}\n", .{ found, solutions, tried }) catch return 1;
    }
    return 0;
}
