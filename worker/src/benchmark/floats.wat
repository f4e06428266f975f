;; A product of 64 × 64 matrices of doubles, for ever: multiply, add, load, store.
(module
	(memory (export "memory") 2)
	(func $at (param $matrix i32) (param $row i32) (param $column i32) (result i32)
		(i32.add
			(local.get $matrix)
			(i32.shl (i32.add (i32.shl (local.get $row) (i32.const 6)) (local.get $column)) (i32.const 3))))
	(func (export "_start")
		(local $i i32) (local $j i32) (local $k i32) (local $sum f64)
		(loop $fill
			(f64.store (i32.shl (local.get $i) (i32.const 3))
				(f64.convert_i32_s (i32.sub (i32.rem_u (local.get $i) (i32.const 17)) (i32.const 8))))
			(local.set $i (i32.add (local.get $i) (i32.const 1)))
			(br_if $fill (i32.lt_u (local.get $i) (i32.const 4096))))
		(loop $again
			(local.set $i (i32.const 0))
			(loop $rows
				(local.set $j (i32.const 0))
				(loop $columns
					(local.set $k (i32.const 0))
					(local.set $sum (f64.const 0))
					(loop $dot
						(local.set $sum (f64.add (local.get $sum) (f64.mul
							(f64.load (call $at (i32.const 0) (local.get $i) (local.get $k)))
							(f64.load (call $at (i32.const 0) (local.get $k) (local.get $j))))))
						(local.set $k (i32.add (local.get $k) (i32.const 1)))
						(br_if $dot (i32.lt_u (local.get $k) (i32.const 64))))
					(f64.store (call $at (i32.const 32768) (local.get $i) (local.get $j)) (local.get $sum))
					(local.set $j (i32.add (local.get $j) (i32.const 1)))
					(br_if $columns (i32.lt_u (local.get $j) (i32.const 64))))
				(local.set $i (i32.add (local.get $i) (i32.const 1)))
				(br_if $rows (i32.lt_u (local.get $i) (i32.const 64))))
			(br $again))))
