;; The sieve of Eratosthenes over 4 MiB, for ever: loads and stores near and far, and branches on them.
(module
	(memory (export "memory") 65)
	(func (export "_start")
		(local $i i32) (local $j i32)
		(loop $again
			(memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304))
			(local.set $i (i32.const 2))
			(loop $next
				(if (i32.load8_u (local.get $i))
					(then
						(local.set $j (i32.mul (local.get $i) (local.get $i)))
						(block $done
							(loop $strike
								(br_if $done (i32.ge_u (local.get $j) (i32.const 4194304)))
								(i32.store8 (local.get $j) (i32.const 0))
								(local.set $j (i32.add (local.get $j) (local.get $i)))
								(br $strike)))))
				(local.set $i (i32.add (local.get $i) (i32.const 1)))
				(br_if $next (i32.lt_u (local.get $i) (i32.const 2048))))
			(br $again))))
