;; A generator of the xorshift kind, for ever: shifts, exclusive ors, multiplications.
(module
	(memory (export "memory") 1)
	(global $sink (mut i64) (i64.const 0))
	(func (export "_start")
		(local $x i64)
		(local.set $x (i64.const 88172645463325252))
		(loop $again
			(local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
			(local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
			(local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
			(global.set $sink (i64.mul (local.get $x) (i64.const 2685821657736338717)))
			(br $again))))
