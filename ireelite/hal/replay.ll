; Commands that were recorded once and run many times: see `replay.py` and, for `call` and `quick`,
; `call_plan.py`. Appended to `host_pool.ll`, whose `share` has the pool's threads run items.

; records, how many, items of all, chunks or 0 where the caller runs all, most bindings,
; whether it wakes no thread of the pool
%phase = type { ptr, i64, i64, i64, i64, i64 }
; entry point, constants, items, bindings, how many, least nanoseconds it took
%record = type { ptr, ptr, i64, ptr, i64, i64 }
; slot of an address, bytes to add
%binding = type { i64, i64 }
; phases, how many, whether records are timed, clock_gettime, a word that is not 0 when code of a
; record could not go on
%replay = type { ptr, i64, i64, ptr, ptr }
; replay, type of arrays, alignment less one, checks, arguments, results, offset of a tuple's items
%plan = type { ptr, ptr, i64, ptr, i64, i64, i64 }
; element type, rank, extents
%check = type { ptr, i64, ptr }
; plan, arena, results, None, Py_IncRef, Py_DecRef, PyArray_Empty, PyTuple_New, PyTuple_SetItem,
; functions of large results, of an arena for one call, to claim the pool and to release it, or null;
; PyEval_SaveThread or null where Python's lock is kept, PyEval_RestoreThread, PyObject_CallNoArgs,
; PyLong_AsVoidPtr
%quick = type { ptr, i64, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr }

define internal void @run_record(ptr %record, ptr %slots, ptr %table, i64 %begin, i64 %end)
    alwaysinline nounwind "no-builtins" {
entry:
  %constants.at = getelementptr %record, ptr %record, i64 0, i32 1
  %rows.at = getelementptr %record, ptr %record, i64 0, i32 3
  %count.at = getelementptr %record, ptr %record, i64 0, i32 4
  %function = load ptr, ptr %record
  %constants = load ptr, ptr %constants.at
  %rows = load ptr, ptr %rows.at
  %count = load i64, ptr %count.at
  %none = icmp eq i64 %count, 0
  br i1 %none, label %run, label %bind
bind:
  %n = phi i64 [ 0, %entry ], [ %next, %bind ]
  %row = getelementptr %binding, ptr %rows, i64 %n
  %offset.at = getelementptr %binding, ptr %row, i64 0, i32 1
  %slot = load i64, ptr %row
  %offset = load i64, ptr %offset.at
  %base.at = getelementptr i64, ptr %slots, i64 %slot
  %base = load i64, ptr %base.at
  %address = add i64 %base, %offset
  %to = getelementptr i64, ptr %table, i64 %n
  store i64 %address, ptr %to
  %next = add i64 %n, 1
  %left = icmp ult i64 %next, %count
  br i1 %left, label %bind, label %run
run:
  call void %function(ptr %table, ptr %constants, i64 %begin, i64 %end)
  ret void
}

; Runs items of a phase, whose records' items follow one another; an entry point for the pool.
define internal void @run_items(ptr %phase, ptr %slots, i64 %begin, i64 %end)
    nounwind "no-builtins" {
entry:
  %most.at = getelementptr %phase, ptr %phase, i64 0, i32 4
  %most = load i64, ptr %most.at
  %table = alloca i64, i64 %most
  %records = load ptr, ptr %phase
  br label %look
look:
  %record = phi ptr [ %records, %entry ], [ %following, %step ]
  %first = phi i64 [ 0, %entry ], [ %beyond, %step ]
  %items.at = getelementptr %record, ptr %record, i64 0, i32 2
  %items = load i64, ptr %items.at
  %beyond = add i64 %first, %items
  %here = icmp slt i64 %begin, %beyond
  br i1 %here, label %run, label %step
run:
  %after = sub i64 %begin, %first
  %low = call i64 @llvm.smax.i64(i64 %after, i64 0)
  %until = sub i64 %end, %first
  %high = call i64 @llvm.smin.i64(i64 %until, i64 %items)
  call void @run_record(ptr %record, ptr %slots, ptr %table, i64 %low, i64 %high)
  br label %step
step:
  %following = getelementptr %record, ptr %record, i64 1
  %over = icmp sge i64 %beyond, %end
  br i1 %over, label %out, label %look
out:
  ret void
}

declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)

define internal i64 @now(ptr %clock) nounwind {
  %time = alloca { i64, i64 }
  %status = call i32 %clock(i32 1, ptr %time)
  %seconds = load i64, ptr %time
  %rest.at = getelementptr { i64, i64 }, ptr %time, i64 0, i32 1
  %rest = load i64, ptr %rest.at
  %whole = mul i64 %seconds, 1000000000
  %nanoseconds = add i64 %whole, %rest
  ret i64 %nanoseconds
}

; Runs the records of a phase and keeps the least time that each took.
define internal void @run_timed(ptr %phase, ptr %slots, ptr %clock) nounwind "no-builtins" {
entry:
  %count.at = getelementptr %phase, ptr %phase, i64 0, i32 1
  %most.at = getelementptr %phase, ptr %phase, i64 0, i32 4
  %count = load i64, ptr %count.at
  %most = load i64, ptr %most.at
  %table = alloca i64, i64 %most
  %records = load ptr, ptr %phase
  br label %run
run:
  %n = phi i64 [ 0, %entry ], [ %next, %run ]
  %record = getelementptr %record, ptr %records, i64 %n
  %items.at = getelementptr %record, ptr %record, i64 0, i32 2
  %took.at = getelementptr %record, ptr %record, i64 0, i32 5
  %items = load i64, ptr %items.at
  %begun = call i64 @now(ptr %clock)
  call void @run_record(ptr %record, ptr %slots, ptr %table, i64 0, i64 %items)
  %ended = call i64 @now(ptr %clock)
  %took = sub i64 %ended, %begun
  %before = load i64, ptr %took.at
  %least = call i64 @llvm.smin.i64(i64 %took, i64 %before)
  store i64 %least, ptr %took.at
  %next = add i64 %n, 1
  %left = icmp ult i64 %next, %count
  br i1 %left, label %run, label %out
out:
  ret void
}

; Whether all threads of the pool are awake: they take work at once then.
define internal i1 @are_awake(ptr %pool) nounwind "no-builtins" {
entry:
  %threads.at = getelementptr %pool, ptr %pool, i64 0, i32 13
  %threads = load i64, ptr %threads.at
  %first = getelementptr %pool, ptr %pool, i64 1
  br label %look
look:
  %n = phi i64 [ 0, %entry ], [ %next, %see ]
  %left = icmp slt i64 %n, %threads
  br i1 %left, label %see, label %out
see:
  %thread = getelementptr %thread, ptr %first, i64 %n
  %asleep = load atomic i64, ptr %thread acquire, align 8
  %is.awake = icmp eq i64 %asleep, 0
  %next = add i64 %n, 1
  br i1 %is.awake, label %look, label %out
out:
  %all = phi i1 [ true, %look ], [ false, %see ]
  ret i1 %all
}

; Runs a brief phase: the pool shares it if its threads are awake, or if some like it ended less than
; 40 microseconds before the next began, which would keep them awake. The caller has the pool.
define internal void @share_in_burst(ptr %pool, ptr %phase, ptr %slots, i64 %items, i64 %chunks,
                                     ptr %clock) nounwind "no-builtins" {
entry:
  %ended.at = getelementptr %pool, ptr %pool, i64 0, i32 20
  %length.at = getelementptr %pool, ptr %pool, i64 0, i32 21
  %last = load i64, ptr %ended.at
  %length = load i64, ptr %length.at
  %begun = call i64 @now(ptr %clock)
  %gap = sub i64 %begun, %last
  %near = icmp ult i64 %gap, 40000
  %longer = add i64 %length, 1
  %now = select i1 %near, i64 %longer, i64 0
  store i64 %now, ptr %length.at
  %awake = call i1 @are_awake(ptr %pool)
  %is.burst = icmp uge i64 %now, 4
  %is.shared = or i1 %awake, %is.burst
  br i1 %is.shared, label %share, label %alone
share:
  call void @share(ptr %pool, ptr @run_items, ptr %phase, ptr %slots, i64 %items, i64 %chunks)
  br label %out
alone:
  call void @run_items(ptr %phase, ptr %slots, i64 0, i64 %items)
  br label %out
out:
  %ended = call i64 @now(ptr %clock)
  store i64 %ended, ptr %ended.at
  ret void
}

; Runs all phases; `slots` are the addresses that bindings count from.
define void @replay(ptr %replay, ptr %slots, ptr %pool) nounwind "no-builtins" {
entry:
  %count.at = getelementptr %replay, ptr %replay, i64 0, i32 1
  %timed.at = getelementptr %replay, ptr %replay, i64 0, i32 2
  %clock.at = getelementptr %replay, ptr %replay, i64 0, i32 3
  %phases = load ptr, ptr %replay
  %count = load i64, ptr %count.at
  %timed = load i64, ptr %timed.at
  %clock = load ptr, ptr %clock.at
  %is.timed = icmp ne i64 %timed, 0
  %alone = icmp eq ptr %pool, null
  br i1 %alone, label %see, label %place
place:
  call void @note_place(ptr %pool)
  br label %see
see:
  %empty = icmp eq i64 %count, 0
  br i1 %empty, label %out, label %begin
begin:
  %n = phi i64 [ 0, %see ], [ %next, %ended ]
  %phase = getelementptr %phase, ptr %phases, i64 %n
  %items.at = getelementptr %phase, ptr %phase, i64 0, i32 2
  %chunks.at = getelementptr %phase, ptr %phase, i64 0, i32 3
  %items = load i64, ptr %items.at
  %chunks = load i64, ptr %chunks.at
  br i1 %is.timed, label %time, label %choose
time:
  call void @run_timed(ptr %phase, ptr %slots, ptr %clock)
  br label %ended
choose:
  %whole = icmp eq i64 %chunks, 0
  %serial = or i1 %whole, %alone
  br i1 %serial, label %run, label %spread
run:
  call void @run_items(ptr %phase, ptr %slots, i64 0, i64 %items)
  br label %ended
spread:
  %brief.at = getelementptr %phase, ptr %phase, i64 0, i32 5
  %brief = load i64, ptr %brief.at
  %is.brief = icmp ne i64 %brief, 0
  br i1 %is.brief, label %burst, label %share
share:
  call void @share(ptr %pool, ptr @run_items, ptr %phase, ptr %slots, i64 %items, i64 %chunks)
  br label %ended
burst:
  call void @share_in_burst(ptr %pool, ptr %phase, ptr %slots, i64 %items, i64 %chunks, ptr %clock)
  br label %ended
ended:
  %next = add i64 %n, 1
  %left = icmp ult i64 %next, %count
  br i1 %left, label %begin, label %out
out:
  ret void
}

; Puts the addresses of an array of objects into slots, from the third on. False if one of them is
; another than the plan was made for.
;
; Offsets in CPython's objects: type 8; of an array: data 16, rank 24, extents 32, element type 56,
; flags 64 (1: row-major, 256: aligned to its elements).
define internal i1 @check(ptr %plan, ptr %items, i64 %length, ptr %slots) alwaysinline nounwind
    "no-builtins" {
entry:
  %type.at = getelementptr %plan, ptr %plan, i64 0, i32 1
  %low.at = getelementptr %plan, ptr %plan, i64 0, i32 2
  %checks.at = getelementptr %plan, ptr %plan, i64 0, i32 3
  %taken.at = getelementptr %plan, ptr %plan, i64 0, i32 4
  %type = load ptr, ptr %type.at
  %low = load i64, ptr %low.at
  %checks = load ptr, ptr %checks.at
  %taken = load i64, ptr %taken.at
  %fits = icmp eq i64 %length, %taken
  br i1 %fits, label %each, label %missed
each:
  %n = phi i64 [ 0, %entry ], [ %n.next, %keep ]
  %is.argument = icmp ult i64 %n, %taken
  br i1 %is.argument, label %object, label %good.all
object:
  %item.at = getelementptr ptr, ptr %items, i64 %n
  %item = load ptr, ptr %item.at
  %item.type.at = getelementptr i8, ptr %item, i64 8
  %item.type = load ptr, ptr %item.type.at
  %is.array = icmp eq ptr %item.type, %type
  br i1 %is.array, label %array, label %missed
array:
  %check = getelementptr %check, ptr %checks, i64 %n
  %rank.at = getelementptr %check, ptr %check, i64 0, i32 1
  %extents.at = getelementptr %check, ptr %check, i64 0, i32 2
  %descr = load ptr, ptr %check
  %rank = load i64, ptr %rank.at
  %extents = load ptr, ptr %extents.at
  %data.at = getelementptr i8, ptr %item, i64 16
  %nd.at = getelementptr i8, ptr %item, i64 24
  %dims.at = getelementptr i8, ptr %item, i64 32
  %descr.at = getelementptr i8, ptr %item, i64 56
  %flags.at = getelementptr i8, ptr %item, i64 64
  %data = load i64, ptr %data.at
  %nd32 = load i32, ptr %nd.at
  %dims = load ptr, ptr %dims.at
  %item.descr = load ptr, ptr %descr.at
  %flags = load i32, ptr %flags.at
  %nd = zext i32 %nd32 to i64
  %same.descr = icmp eq ptr %item.descr, %descr
  %same.rank = icmp eq i64 %nd, %rank
  %laid = and i32 %flags, 257
  %dense = icmp eq i32 %laid, 257
  %over = and i64 %data, %low
  %aligned = icmp eq i64 %over, 0
  %good.0 = and i1 %same.descr, %same.rank
  %good.1 = and i1 %dense, %aligned
  %good = and i1 %good.0, %good.1
  br i1 %good, label %extent, label %missed
extent:
  %d = phi i64 [ 0, %array ], [ %d.next, %same ]
  %is.extent = icmp ult i64 %d, %rank
  br i1 %is.extent, label %compare, label %keep
compare:
  %dim.at = getelementptr i64, ptr %dims, i64 %d
  %expected.at = getelementptr i64, ptr %extents, i64 %d
  %dim = load i64, ptr %dim.at
  %expected = load i64, ptr %expected.at
  %equal = icmp eq i64 %dim, %expected
  br i1 %equal, label %same, label %missed
same:
  %d.next = add i64 %d, 1
  br label %extent
keep:
  %slot = add i64 %n, 2
  %slot.at = getelementptr i64, ptr %slots, i64 %slot
  store i64 %data, ptr %slot.at
  %n.next = add i64 %n, 1
  br label %each
good.all:
  ret i1 true
missed:
  ret i1 false
}

; Whether code of a plan could not go on, in this run or in one before.
define internal i1 @has_stopped(ptr %replay) alwaysinline nounwind "no-builtins" {
  %stopped.at = getelementptr %replay, ptr %replay, i64 0, i32 4
  %stopped = load ptr, ptr %stopped.at
  %word = load atomic i64, ptr %stopped monotonic, align 8
  %is.stopped = icmp ne i64 %word, 0
  ret i1 %is.stopped
}

; Runs a plan on a tuple of arguments and on a tuple of arrays for the results. Returns 1 if an
; argument is another than the plan was made for, before anything is done, and if code of the plan
; could not go on: nothing but the results and the arena has been written to. Offsets in a tuple:
; length 16.
define i64 @call(ptr %plan, ptr %arguments, ptr %results, i64 %arena, ptr %pool)
    nounwind "no-builtins" {
entry:
  %taken.at = getelementptr %plan, ptr %plan, i64 0, i32 4
  %given.at = getelementptr %plan, ptr %plan, i64 0, i32 5
  %offset.at = getelementptr %plan, ptr %plan, i64 0, i32 6
  %replay = load ptr, ptr %plan
  %offset = load i64, ptr %offset.at
  %taken = load i64, ptr %taken.at
  %given = load i64, ptr %given.at
  %both = add i64 %taken, %given
  %all = add i64 %both, 2
  %slots = alloca i64, i64 %all
  store i64 0, ptr %slots
  %arena.at = getelementptr i64, ptr %slots, i64 1
  store i64 %arena, ptr %arena.at
  %length.at = getelementptr i8, ptr %arguments, i64 16
  %length = load i64, ptr %length.at
  %items = getelementptr i8, ptr %arguments, i64 %offset
  %fits = call i1 @check(ptr %plan, ptr %items, i64 %length, ptr %slots)
  br i1 %fits, label %outputs, label %missed
outputs:
  %r = phi i64 [ 0, %entry ], [ %r.next, %output ]
  %is.result = icmp ult i64 %r, %given
  br i1 %is.result, label %output, label %run
output:
  %made = getelementptr i8, ptr %results, i64 %offset
  %result.at = getelementptr ptr, ptr %made, i64 %r
  %result = load ptr, ptr %result.at
  %memory.at = getelementptr i8, ptr %result, i64 16
  %memory = load i64, ptr %memory.at
  %position = add i64 %r, %taken
  %result.slot = add i64 %position, 2
  %result.slot.at = getelementptr i64, ptr %slots, i64 %result.slot
  store i64 %memory, ptr %result.slot.at
  %r.next = add i64 %r, 1
  br label %outputs
run:
  %has.stopped = call i1 @has_stopped(ptr %replay)
  br i1 %has.stopped, label %missed, label %go
go:
  call void @replay(ptr %replay, ptr %slots, ptr %pool)
  %stops = call i1 @has_stopped(ptr %replay)
  br i1 %stops, label %missed, label %done
done:
  ret i64 0
missed:
  ret i64 1
}

; A function that Python calls without a conversion (METH_FASTCALL): `self` is an array whose memory
; is the row below. It makes the arrays of the results itself, and returns the only one, or a tuple
; of them; None where `call` returns 1; null with Python's error set if memory or the threads of the
; pool can't be had. While the plan runs, Python's lock is released if the row says how.
define ptr @quick(ptr %self, ptr %items, i64 %length) nounwind "no-builtins" {
entry:
  %row.at = getelementptr i8, ptr %self, i64 16
  %row = load ptr, ptr %row.at
  %arena.of = getelementptr %quick, ptr %row, i64 0, i32 1
  %none.at = getelementptr %quick, ptr %row, i64 0, i32 3
  %take.at = getelementptr %quick, ptr %row, i64 0, i32 4
  %drop.at = getelementptr %quick, ptr %row, i64 0, i32 5
  %tuple.at = getelementptr %quick, ptr %row, i64 0, i32 7
  %memory.of = getelementptr %quick, ptr %row, i64 0, i32 10
  %claim.at = getelementptr %quick, ptr %row, i64 0, i32 11
  %leave.at = getelementptr %quick, ptr %row, i64 0, i32 13
  %invoke.at = getelementptr %quick, ptr %row, i64 0, i32 15
  %plan = load ptr, ptr %row
  %kept = load i64, ptr %arena.of
  %take = load ptr, ptr %take.at
  %drop = load ptr, ptr %drop.at
  %invoke = load ptr, ptr %invoke.at
  %taken.at = getelementptr %plan, ptr %plan, i64 0, i32 4
  %given.at = getelementptr %plan, ptr %plan, i64 0, i32 5
  %replay = load ptr, ptr %plan
  %taken = load i64, ptr %taken.at
  %given = load i64, ptr %given.at
  %both = add i64 %taken, %given
  %all = add i64 %both, 2
  %slots = alloca i64, i64 %all
  store i64 0, ptr %slots
  %fits = call i1 @check(ptr %plan, ptr %items, i64 %length, ptr %slots)
  %has.stopped = call i1 @has_stopped(ptr %replay)
  %goes = xor i1 %has.stopped, true
  %runs = and i1 %fits, %goes
  br i1 %runs, label %begin, label %missed
begin:
  %memory.make = load ptr, ptr %memory.of
  %keeps.arena = icmp eq ptr %memory.make, null
  br i1 %keeps.arena, label %arena, label %allocate
allocate:
  %allocated = call ptr %invoke(ptr %memory.make)
  %no.memory = icmp eq ptr %allocated, null
  br i1 %no.memory, label %error, label %locate
locate:
  %allocated.at = getelementptr i8, ptr %allocated, i64 16
  %found = load i64, ptr %allocated.at
  br label %arena
arena:
  %memory = phi ptr [ null, %begin ], [ %allocated, %locate ]
  %address = phi i64 [ %kept, %begin ], [ %found, %locate ]
  %arena.at = getelementptr i64, ptr %slots, i64 1
  store i64 %address, ptr %arena.at
  %is.one = icmp eq i64 %given, 1
  br i1 %is.one, label %outputs, label %several
several:
  %new = load ptr, ptr %tuple.at
  %made = call ptr %new(i64 %given)
  %no.tuple = icmp eq ptr %made, null
  br i1 %no.tuple, label %failed, label %outputs
outputs:
  %owned = phi ptr [ null, %arena ], [ %made, %several ], [ %owned.next, %next ]
  %r = phi i64 [ 0, %arena ], [ 0, %several ], [ %r.next, %next ]
  %is.result = icmp ult i64 %r, %given
  br i1 %is.result, label %output, label %run
output:
  %array = call ptr @result(ptr %row, i64 %r)
  %no.array = icmp eq ptr %array, null
  br i1 %no.array, label %failed, label %place
place:
  %data.at = getelementptr i8, ptr %array, i64 16
  %data = load i64, ptr %data.at
  %position = add i64 %r, %taken
  %slot = add i64 %position, 2
  %slot.at = getelementptr i64, ptr %slots, i64 %slot
  store i64 %data, ptr %slot.at
  br i1 %is.one, label %next, label %put
put:
  %put.at = getelementptr %quick, ptr %row, i64 0, i32 8
  %put.item = load ptr, ptr %put.at
  %status = call i32 %put.item(ptr %owned, i64 %r, ptr %array)
  br label %next
next:
  %owned.next = phi ptr [ %array, %place ], [ %owned, %put ]
  %r.next = add i64 %r, 1
  br label %outputs
run:
  %claim = load ptr, ptr %claim.at
  %is.alone = icmp eq ptr %claim, null
  br i1 %is.alone, label %enter, label %share
share:
  %claimed = call ptr %invoke(ptr %claim)
  %no.claim = icmp eq ptr %claimed, null
  br i1 %no.claim, label %failed, label %see
see:
  %address.at = getelementptr %quick, ptr %row, i64 0, i32 16
  %address.of = load ptr, ptr %address.at
  %threads = call ptr %address.of(ptr %claimed)
  call void %drop(ptr %claimed)
  br label %enter
enter:
  %pool = phi ptr [ null, %run ], [ %threads, %see ]
  %leave = load ptr, ptr %leave.at
  %keeps.lock = icmp eq ptr %leave, null
  br i1 %keeps.lock, label %locked, label %unlocked
locked:
  call void @replay(ptr %replay, ptr %slots, ptr %pool)
  br label %ran
unlocked:
  %return.at = getelementptr %quick, ptr %row, i64 0, i32 14
  %return = load ptr, ptr %return.at
  %thread = call ptr %leave()
  call void @replay(ptr %replay, ptr %slots, ptr %pool)
  call void %return(ptr %thread)
  br label %ran
ran:
  %has.pool = icmp ne ptr %pool, null
  br i1 %has.pool, label %give.back, label %done
give.back:
  %release.at = getelementptr %quick, ptr %row, i64 0, i32 12
  %release = load ptr, ptr %release.at
  %released = call ptr %invoke(ptr %release)
  %no.release = icmp eq ptr %released, null
  br i1 %no.release, label %failed, label %forget
forget:
  call void %drop(ptr %released)
  br label %done
done:
  call void %drop(ptr %memory)
  %stops = call i1 @has_stopped(ptr %replay)
  br i1 %stops, label %undo, label %give
give:
  ret ptr %owned
undo:
  call void %drop(ptr %owned)
  br label %missed
missed:
  %none = load ptr, ptr %none.at
  call void %take(ptr %none)
  ret ptr %none
failed:
  %half = phi ptr [ null, %several ], [ %owned, %output ], [ %owned, %share ], [ %owned, %give.back ]
  call void %drop(ptr %half)
  call void %drop(ptr %memory)
  br label %error
error:
  ret ptr null
}

; The array of one result: a large one is what its function returns, a small one NumPy makes.
define internal ptr @result(ptr %row, i64 %r) nounwind "no-builtins" {
entry:
  %makes.at = getelementptr %quick, ptr %row, i64 0, i32 9
  %makes = load ptr, ptr %makes.at
  %make.at = getelementptr ptr, ptr %makes, i64 %r
  %make = load ptr, ptr %make.at
  %is.small = icmp eq ptr %make, null
  br i1 %is.small, label %small, label %large
large:
  %invoke.at = getelementptr %quick, ptr %row, i64 0, i32 15
  %invoke = load ptr, ptr %invoke.at
  %made = call ptr %invoke(ptr %make)
  ret ptr %made
small:
  %rows.at = getelementptr %quick, ptr %row, i64 0, i32 2
  %take.at = getelementptr %quick, ptr %row, i64 0, i32 4
  %empty.at = getelementptr %quick, ptr %row, i64 0, i32 6
  %rows = load ptr, ptr %rows.at
  %take = load ptr, ptr %take.at
  %empty = load ptr, ptr %empty.at
  %check = getelementptr %check, ptr %rows, i64 %r
  %rank.at = getelementptr %check, ptr %check, i64 0, i32 1
  %extents.at = getelementptr %check, ptr %check, i64 0, i32 2
  %descr = load ptr, ptr %check
  %rank = load i64, ptr %rank.at
  %extents = load ptr, ptr %extents.at
  %rank32 = trunc i64 %rank to i32
  call void %take(ptr %descr)
  %array = call ptr %empty(i32 %rank32, ptr %extents, ptr %descr, i32 0)
  ret ptr %array
}

; Entry points of the commands that are not dispatches. Constants: length, memmove.
define void @copy(ptr %bindings, ptr %constants, i64 %begin, i64 %end) nounwind "no-builtins" {
  %length = load i64, ptr %constants
  %memmove.at = getelementptr i64, ptr %constants, i64 1
  %memmove = load ptr, ptr %memmove.at
  %source = load ptr, ptr %bindings
  %target.at = getelementptr ptr, ptr %bindings, i64 1
  %target = load ptr, ptr %target.at
  %moved = call ptr %memmove(ptr %target, ptr %source, i64 %length)
  ret void
}

; Copies bytes unless they are aligned. Constants: length, memmove, alignment less one.
define void @align(ptr %bindings, ptr %constants, i64 %begin, i64 %end) nounwind "no-builtins" {
entry:
  %mask.at = getelementptr i64, ptr %constants, i64 2
  %mask = load i64, ptr %mask.at
  %source = load i64, ptr %bindings
  %over = and i64 %source, %mask
  %is.aligned = icmp eq i64 %over, 0
  br i1 %is.aligned, label %out, label %copy
copy:
  call void @copy(ptr %bindings, ptr %constants, i64 %begin, i64 %end)
  br label %out
out:
  ret void
}

; An entry point of upstream's libraries: its function, the word to set when it fails, its
; environment, its dispatch state without the bindings' addresses, how many bindings, workgroups in x
; and in y, bytes of local memory, alignment of bindings less one
%library = type { ptr, ptr, ptr, ptr, i64, i64, i64, i64, i64 }
; workgroup in x, y and z, nothing, processor, local memory: address and bytes
%workgroup = type { i32, i32, i16, i16, i32, ptr, i32 }

; A binding that is not aligned is taken from its copy, whose address stands behind those of all
; bindings. Words of the dispatch state: see `embedded_elf.py`; the fifth has the address of the
; bindings' addresses.
define void @library(ptr %bindings, ptr %constants, i64 %begin, i64 %end) nounwind "no-builtins" {
entry:
  %stopped.at = getelementptr %library, ptr %constants, i64 0, i32 1
  %environment.at = getelementptr %library, ptr %constants, i64 0, i32 2
  %dispatch.at = getelementptr %library, ptr %constants, i64 0, i32 3
  %count.at = getelementptr %library, ptr %constants, i64 0, i32 4
  %nx.at = getelementptr %library, ptr %constants, i64 0, i32 5
  %ny.at = getelementptr %library, ptr %constants, i64 0, i32 6
  %bytes.at = getelementptr %library, ptr %constants, i64 0, i32 7
  %mask.at = getelementptr %library, ptr %constants, i64 0, i32 8
  %stopped = load ptr, ptr %stopped.at
  %word = load atomic i64, ptr %stopped monotonic, align 8
  %goes = icmp eq i64 %word, 0
  %some = icmp slt i64 %begin, %end
  %runs = and i1 %goes, %some
  br i1 %runs, label %prepare, label %out
prepare:
  %function = load ptr, ptr %constants
  %environment = load ptr, ptr %environment.at
  %dispatch = load ptr, ptr %dispatch.at
  %count = load i64, ptr %count.at
  %nx = load i64, ptr %nx.at
  %ny = load i64, ptr %ny.at
  %bytes = load i64, ptr %bytes.at
  %mask = load i64, ptr %mask.at
  %addresses = alloca i64, i64 %count
  %state = alloca [6 x i64]
  %workgroup = alloca %workgroup
  %local = alloca i8, i64 %bytes, align 64
  br label %bind
bind:
  %n = phi i64 [ 0, %prepare ], [ %n.next, %choose ]
  %is.binding = icmp ult i64 %n, %count
  br i1 %is.binding, label %choose, label %copy
choose:
  %position = add i64 %count, %n
  %given.at = getelementptr i64, ptr %bindings, i64 %n
  %copied.at = getelementptr i64, ptr %bindings, i64 %position
  %given = load i64, ptr %given.at
  %copied = load i64, ptr %copied.at
  %over = and i64 %given, %mask
  %is.aligned = icmp eq i64 %over, 0
  %address = select i1 %is.aligned, i64 %given, i64 %copied
  %address.at = getelementptr i64, ptr %addresses, i64 %n
  store i64 %address, ptr %address.at
  %n.next = add i64 %n, 1
  br label %bind
copy:
  %w = phi i64 [ 0, %bind ], [ %w.next, %copy ]
  %from = getelementptr i64, ptr %dispatch, i64 %w
  %to = getelementptr i64, ptr %state, i64 %w
  %value = load i64, ptr %from
  store i64 %value, ptr %to
  %w.next = add i64 %w, 1
  %more.words = icmp ult i64 %w.next, 6
  br i1 %more.words, label %copy, label %begin.workgroups
begin.workgroups:
  %addresses.at = getelementptr i64, ptr %state, i64 4
  store ptr %addresses, ptr %addresses.at
  %y.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 1
  %z.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 2
  %none.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 3
  %processor.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 4
  %local.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 5
  %size.at = getelementptr %workgroup, ptr %workgroup, i64 0, i32 6
  %size = trunc i64 %bytes to i32
  store i16 0, ptr %none.at
  store i32 0, ptr %processor.at
  store ptr %local, ptr %local.at
  store i32 %size, ptr %size.at
  br label %run
run:
  %item = phi i64 [ %begin, %begin.workgroups ], [ %following, %next ]
  %x = urem i64 %item, %nx
  %row = udiv i64 %item, %nx
  %y = urem i64 %row, %ny
  %z = udiv i64 %row, %ny
  %x32 = trunc i64 %x to i32
  %y32 = trunc i64 %y to i32
  %z16 = trunc i64 %z to i16
  store i32 %x32, ptr %workgroup
  store i32 %y32, ptr %y.at
  store i16 %z16, ptr %z.at
  %status = call i32 %function(ptr %environment, ptr %state, ptr %workgroup)
  %fails = icmp ne i32 %status, 0
  br i1 %fails, label %stop, label %next
next:
  %following = add i64 %item, 1
  %more = icmp slt i64 %following, %end
  br i1 %more, label %run, label %out
stop:
  store atomic i64 1, ptr %stopped monotonic, align 8
  br label %out
out:
  ret void
}

; Compiled bytecode: its function, the word to set when it can't go on, the state it begins with, the
; words of that, the binding whose address each of its buffers has or -1 for the address in the
; state, how many buffers, the word of the state where the range of workgroups begins
%bytecode = type { ptr, ptr, ptr, i64, ptr, i64, i64 }

; Instructions beyond those that the state allows are not granted.
define internal i64 @grant_none(i64 %left) nounwind {
  ret i64 -1
}

define void @bytecode(ptr %bindings, ptr %constants, i64 %begin, i64 %end) nounwind "no-builtins" {
entry:
  %stopped.at = getelementptr %bytecode, ptr %constants, i64 0, i32 1
  %initial.at = getelementptr %bytecode, ptr %constants, i64 0, i32 2
  %words.at = getelementptr %bytecode, ptr %constants, i64 0, i32 3
  %sources.at = getelementptr %bytecode, ptr %constants, i64 0, i32 4
  %count.at = getelementptr %bytecode, ptr %constants, i64 0, i32 5
  %range.at = getelementptr %bytecode, ptr %constants, i64 0, i32 6
  %stopped = load ptr, ptr %stopped.at
  %word = load atomic i64, ptr %stopped monotonic, align 8
  %is.stopped = icmp ne i64 %word, 0
  br i1 %is.stopped, label %out, label %prepare
prepare:
  %function = load ptr, ptr %constants
  %initial = load ptr, ptr %initial.at
  %words = load i64, ptr %words.at
  %sources = load ptr, ptr %sources.at
  %count = load i64, ptr %count.at
  %range = load i64, ptr %range.at
  %state = alloca i64, i64 %words
  br label %copy
copy:
  %w = phi i64 [ 0, %prepare ], [ %w.next, %copy ]
  %from = getelementptr i64, ptr %initial, i64 %w
  %to = getelementptr i64, ptr %state, i64 %w
  %value = load i64, ptr %from
  store i64 %value, ptr %to
  %w.next = add i64 %w, 1
  %more.words = icmp ult i64 %w.next, %words
  br i1 %more.words, label %copy, label %buffers
buffers:
  %n = phi i64 [ 0, %copy ], [ %n.next, %step ]
  %is.buffer = icmp ult i64 %n, %count
  br i1 %is.buffer, label %buffer, label %run
buffer:
  %source.at = getelementptr i64, ptr %sources, i64 %n
  %source = load i64, ptr %source.at
  %is.bound = icmp sge i64 %source, 0
  br i1 %is.bound, label %bind, label %step
bind:
  %address.at = getelementptr i64, ptr %bindings, i64 %source
  %address = load i64, ptr %address.at
  %before = mul i64 %n, 3
  %position = add i64 %before, 2
  %base.at = getelementptr i64, ptr %state, i64 %position
  store i64 %address, ptr %base.at
  br label %step
step:
  %n.next = add i64 %n, 1
  br label %buffers
run:
  %first.at = getelementptr i64, ptr %state, i64 %range
  %end.at = getelementptr i64, ptr %first.at, i64 1
  store i64 %begin, ptr %first.at
  store i64 %end, ptr %end.at
  %result = call i64 %function(ptr %state, ptr @grant_none)
  %stops = icmp slt i64 %result, 0
  br i1 %stops, label %stop, label %out
stop:
  store atomic i64 1, ptr %stopped monotonic, align 8
  br label %out
out:
  ret void
}

; Constants: length, a pattern of four bytes.
define void @fill(ptr %bindings, ptr %constants, i64 %begin, i64 %end) nounwind "no-builtins" {
entry:
  %length = load i64, ptr %constants
  %pattern.at = getelementptr i64, ptr %constants, i64 1
  %pattern = load i32, ptr %pattern.at
  %target = load ptr, ptr %bindings
  %words = lshr i64 %length, 2
  br label %word
word:
  %n = phi i64 [ 0, %entry ], [ %n.next, %store ]
  %is.word = icmp ult i64 %n, %words
  br i1 %is.word, label %store, label %rest
store:
  %at = getelementptr i32, ptr %target, i64 %n
  store i32 %pattern, ptr %at, align 1
  %n.next = add i64 %n, 1
  br label %word
rest:
  %left = and i64 %length, 3
  %tail = getelementptr i32, ptr %target, i64 %words
  br label %byte
byte:
  %b = phi i64 [ 0, %rest ], [ %b.next, %put ]
  %is.byte = icmp ult i64 %b, %left
  br i1 %is.byte, label %put, label %out
put:
  %from = getelementptr i8, ptr %pattern.at, i64 %b
  %value = load i8, ptr %from
  %to = getelementptr i8, ptr %tail, i64 %b
  store i8 %value, ptr %to
  %b.next = add i64 %b, 1
  br label %byte
out:
  ret void
}
