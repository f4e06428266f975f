//! A virtual machine for a small assembly language, built with all safety checks: overflow, a stack that is too small and
//! jumps out of the program panic, which ends as a trap. One instruction a line; `label:` names the next one.
const std = @import("std");

const Op = enum(u8) { push, dup, swap, over, pop, add, sub, mul, div, mod, @"and", @"or", xor, shl, shr, lt, eq, jump, branch, call, ret, load, store, print, halt };

const Instruction = struct { op: Op, operand: i64 = 0 };

const Machine = struct {
    program: []const Instruction,
    stack: [256]i64 = undefined,
    top: u8 = 0,
    returns: [1024]usize = undefined,
    depth: usize = 0,
    memory: [4096]i64 = [_]i64{0} ** 4096,

    fn push(self: *Machine, value: i64) void {
        self.stack[self.top] = value;
        self.top += 1;
    }

    fn pop(self: *Machine) i64 {
        self.top -= 1;
        return self.stack[self.top];
    }

    fn run(self: *Machine, out: anytype) !u64 {
        var at: usize = 0;
        var steps: u64 = 0;
        while (true) {
            const instruction = self.program[at];
            at += 1;
            steps += 1;
            switch (instruction.op) {
                .push => self.push(instruction.operand),
                .dup => self.push(self.stack[self.top - 1]),
                .over => self.push(self.stack[self.top - 2]),
                .swap => std.mem.swap(i64, &self.stack[self.top - 1], &self.stack[self.top - 2]),
                .pop => _ = self.pop(),
                .jump => at = @intCast(instruction.operand),
                .branch => if (self.pop() != 0) {
                    at = @intCast(instruction.operand);
                },
                .call => {
                    self.returns[self.depth] = at;
                    self.depth += 1;
                    at = @intCast(instruction.operand);
                },
                .ret => {
                    self.depth -= 1;
                    at = self.returns[self.depth];
                },
                .load => self.push(self.memory[@intCast(self.pop())]),
                .store => {
                    const address: usize = @intCast(self.pop());
                    self.memory[address] = self.pop();
                },
                .print => try out.print("{d}\n", .{self.pop()}),
                .halt => return steps,
                else => {
                    const b = self.pop();
                    const a = self.pop();
                    self.push(switch (instruction.op) {
                        .add => a + b,
                        .sub => a - b,
                        .mul => a * b,
                        .div => @divTrunc(a, b),
                        .mod => @rem(a, b),
                        .@"and" => a & b,
                        .@"or" => a | b,
                        .xor => a ^ b,
                        .shl => a << @intCast(b),
                        .shr => a >> @intCast(b),
                        .lt => @intFromBool(a < b),
                        .eq => @intFromBool(a == b),
                        else => unreachable,
                    });
                },
            }
        }
    }
};

fn assemble(allocator: std.mem.Allocator, text: []const u8) ![]Instruction {
    var labels = std.StringHashMap(usize).init(allocator);
    var program = std.ArrayList(Instruction).init(allocator);
    // Twice: labels first, so that jumps may lead forward.
    for (0..2) |pass| {
        program.clearRetainingCapacity();
        var lines = std.mem.tokenizeScalar(u8, text, '\n');
        while (lines.next()) |line| {
            var words = std.mem.tokenizeAny(u8, line, " \t\r");
            const word = words.next() orelse continue;
            if (word[0] == '#') continue;
            if (std.mem.endsWith(u8, word, ":")) {
                if (pass == 0) try labels.put(word[0 .. word.len - 1], program.items.len);
                continue;
            }
            const op = std.meta.stringToEnum(Op, word) orelse return error.UnknownInstruction;
            var instruction = Instruction{ .op = op };
            if (words.next()) |operand| {
                instruction.operand = std.fmt.parseInt(i64, operand, 0) catch
                    if (pass == 0) 0 else @intCast(labels.get(operand) orelse return error.UnknownLabel);
            }
            try program.append(instruction);
        }
    }
    return program.items;
}

pub fn main() u8 {
    const allocator = std.heap.page_allocator;
    const text = std.io.getStdIn().readToEndAlloc(allocator, 1 << 20) catch return 3;
    const program = assemble(allocator, text) catch |why| {
        std.io.getStdErr().writer().print("bytecode: {s}\n", .{@errorName(why)}) catch {};
        return 2;
    };
    var machine = Machine{ .program = program };
    const out = std.io.getStdOut().writer();
    const steps = machine.run(out) catch return 1;
    out.print("{d} steps\n", .{steps}) catch return 1;
    return 0;
}

/// A panic says why and traps, and does not walk the stack.
pub fn panic(why: []const u8, _: ?*std.builtin.StackTrace, _: ?usize) noreturn {
    std.io.getStdErr().writer().print("bytecode: {s}\n", .{why}) catch {};
    @trap();
}
