;; The Fibonacci numbers by recursion, for ever: calls and little else.
(module
	(memory (export "memory") 1)
	(global $sink (mut i32) (i32.const 0))
	(func $fibonacci (param $n i32) (result i32)
		(if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
			(then (local.get $n))
			(else (i32.add
				(call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
				(call $fibonacci (i32.sub (local.get $n) (i32.const 2)))))))
	(func (export "_start")
		(loop $again
			(global.set $sink (call $fibonacci (i32.const 20)))
			(br $again))))
