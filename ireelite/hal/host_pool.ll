; The threads of `host_pool.py`, which defines `pause`, the machine's instruction for a loop that
; waits.

; ticket (generation, 32 bits; chunks taken from the last on, 16; from the first on, 16), function,
; bindings, constants, chunks, workgroups, logarithm of what chunks begin at multiples of, CPU of the
; caller, chunks done,
; quit, spins, threads, CPUs, sem_wait, sem_post, sched_getcpu, sched_setaffinity, clock_gettime,
; when the last brief phase ended, how many ended shortly before the next,
; until when the caller computes alone, for how long the last time, how often it had to wait for
; a thread that was not running, nanoseconds of that, how often it computed alone
%pool = type { i64, [7 x i64], ptr, ptr, ptr, i64, i64, i64, [2 x i64], i64, [7 x i64],
               i64, i64, i64, i64, ptr, ptr, ptr, ptr, ptr, i64, i64, i64, i64, i64, i64, i64 }
; asleep, thread id, CPU it keeps off, mask of the others, semaphore
%thread = type { i64, i64, i64, i64, [12 x i64] }

; Runs chunks of a generation until none is left: the caller takes them from the first on, threads
; of the pool from the last on, so that each finds in its core's caches what it used the last time.
; `one` is a chunk taken from that end, as the ticket counts them.
define internal void @take(ptr %pool, i64 %generation, i64 %one) nounwind {
entry:
  %function.at = getelementptr %pool, ptr %pool, i64 0, i32 2
  %bindings.at = getelementptr %pool, ptr %pool, i64 0, i32 3
  %constants.at = getelementptr %pool, ptr %pool, i64 0, i32 4
  %chunks.at = getelementptr %pool, ptr %pool, i64 0, i32 5
  %items.at = getelementptr %pool, ptr %pool, i64 0, i32 6
  %shift.at = getelementptr %pool, ptr %pool, i64 0, i32 7
  %done.at = getelementptr %pool, ptr %pool, i64 0, i32 9
  br label %try
try:
  %ticket = load atomic i64, ptr %pool acquire, align 8
  %of = lshr i64 %ticket, 32
  %current = icmp eq i64 %of, %generation
  br i1 %current, label %read, label %out
read:
  ; What is read here counts only if the exchange below finds the ticket unchanged.
  %function = load volatile ptr, ptr %function.at
  %bindings = load volatile ptr, ptr %bindings.at
  %constants = load volatile ptr, ptr %constants.at
  %chunks = load volatile i64, ptr %chunks.at
  %items = load volatile i64, ptr %items.at
  %shift = load volatile i64, ptr %shift.at
  %first = and i64 %ticket, 65535
  %shifted = lshr i64 %ticket, 16
  %last = and i64 %shifted, 65535
  %gone = add i64 %first, %last
  %more = icmp ult i64 %gone, %chunks
  br i1 %more, label %exchange, label %out
exchange:
  %next = add i64 %ticket, %one
  %pair = cmpxchg ptr %pool, i64 %ticket, i64 %next acq_rel acquire
  %taken = extractvalue { i64, i1 } %pair, 1
  br i1 %taken, label %run, label %try
run:
  %from.first = icmp eq i64 %one, 1
  %behind = sub i64 %chunks, %last
  %back = sub i64 %behind, 1
  %index = select i1 %from.first, i64 %first, i64 %back
  ; Chunks differ by one line at most, so that the same part of all work is done by the same thread
  ; though numbers of items differ.
  %line = shl i64 1, %shift
  %rounded = add i64 %items, %line
  %less = sub i64 %rounded, 1
  %lines = lshr i64 %less, %shift
  %product = mul i64 %index, %lines
  %first.line = udiv i64 %product, %chunks
  %begin = shl i64 %first.line, %shift
  %further = add i64 %product, %lines
  %next.line = udiv i64 %further, %chunks
  %beyond = shl i64 %next.line, %shift
  %whole = icmp slt i64 %beyond, %items
  %end = select i1 %whole, i64 %beyond, i64 %items
  call void %function(ptr %bindings, ptr %constants, i64 %begin, i64 %end)
  %before = atomicrmw add ptr %done.at, i64 1 release
  br label %try
out:
  ret void
}

; A thread of the pool: returns when the pool ends.
define void @work(ptr %pool, ptr %self) nounwind {
entry:
  %quit.at = getelementptr %pool, ptr %pool, i64 0, i32 11
  %spins.at = getelementptr %pool, ptr %pool, i64 0, i32 12
  %sem_wait.at = getelementptr %pool, ptr %pool, i64 0, i32 15
  %sem_wait = load ptr, ptr %sem_wait.at
  %spins = load i64, ptr %spins.at
  %bell = getelementptr %thread, ptr %self, i64 0, i32 4
  br label %wait
wait:
  %seen = phi i64 [ 0, %entry ], [ %generation, %run ], [ %seen, %sleep ], [ %seen, %withdraw ]
  br label %look
look:
  %count = phi i64 [ 0, %wait ], [ %counted, %again ]
  %ticket = load atomic i64, ptr %pool acquire, align 8
  %generation = lshr i64 %ticket, 32
  %odd = and i64 %generation, 1
  %closed = icmp eq i64 %odd, 1
  %old = icmp eq i64 %generation, %seen
  %none = or i1 %closed, %old
  br i1 %none, label %again, label %found
again:
  call void @pause()
  %counted = add i64 %count, 1
  %tired = icmp sge i64 %counted, %spins
  br i1 %tired, label %lie, label %look
lie:
  %awake = atomicrmw xchg ptr %self, i64 1 seq_cst
  %later = load atomic i64, ptr %pool seq_cst, align 8
  %later.generation = lshr i64 %later, 32
  %new = icmp ne i64 %later.generation, %seen
  br i1 %new, label %withdraw, label %sleep
withdraw:
  ; Whoever has seen the flag rings, and the ring is to be taken.
  %was = atomicrmw xchg ptr %self, i64 0 seq_cst
  %unseen = icmp eq i64 %was, 1
  br i1 %unseen, label %wait, label %sleep
sleep:
  %status = call i32 %sem_wait(ptr %bell)
  br label %wait
found:
  %quit = load volatile i64, ptr %quit.at
  %ended = icmp ne i64 %quit, 0
  br i1 %ended, label %out, label %run
run:
  call void @take(ptr %pool, i64 %generation, i64 65536)
  br label %wait
out:
  ret void
}

; Notes the CPU of the caller that has the pool, for one that finds it taken.
define internal void @note_place(ptr %pool) nounwind {
  %cpu.at = getelementptr %pool, ptr %pool, i64 0, i32 8
  %getcpu.at = getelementptr %pool, ptr %pool, i64 0, i32 17
  %getcpu = load ptr, ptr %getcpu.at
  %cpu32 = call i32 %getcpu()
  %cpu = zext i32 %cpu32 to i64
  store volatile i64 %cpu, ptr %cpu.at
  ret void
}

; Notes that the caller waited for a thread that the system did not run: another program has its
; core, and is likely to keep it. The caller computes alone for four times as long, for twice as long
; as the last time if that was shortly before, and for 10 ms at least. A wait of a stopped process
; counts as a quarter of a second.
define internal void @be_alone(ptr %pool, i64 %begun, i64 %ended, i64 %waited) nounwind {
  %until.at = getelementptr %pool, ptr %pool, i64 0, i32 22
  %length.at = getelementptr %pool, ptr %pool, i64 0, i32 23
  %waits.at = getelementptr %pool, ptr %pool, i64 0, i32 24
  %sum.at = getelementptr %pool, ptr %pool, i64 0, i32 25
  %until = load i64, ptr %until.at
  %length = load i64, ptr %length.at
  %waits = load i64, ptr %waits.at
  %sum = load i64, ptr %sum.at
  %calm = sub i64 %begun, %until
  %again = icmp ult i64 %calm, %length
  %double = shl i64 %length, 1
  %most = call i64 @llvm.smin.i64(i64 %double, i64 160000000)
  %least = select i1 %again, i64 %most, i64 10000000
  %waited.4 = shl i64 %waited, 2
  %fourfold = call i64 @llvm.smin.i64(i64 %waited.4, i64 1000000000)
  %new = call i64 @llvm.smax.i64(i64 %least, i64 %fourfold)
  %later = add i64 %ended, %new
  %more.waits = add i64 %waits, 1
  %more = add i64 %sum, %waited
  store i64 %later, ptr %until.at
  store i64 %new, ptr %length.at
  store i64 %more.waits, ptr %waits.at
  store i64 %more, ptr %sum.at
  ret void
}

; Opens a generation of work, wakes who sleeps, takes chunks, and returns when all are done. Chunks of
; 1024 items and more begin at multiples of 64, items that fill whole lines of memory whatever their
; type: the stores of a chunk are aligned where those of all items are.
define void @share(ptr %pool, ptr %function, ptr %bindings, ptr %constants, i64 %items,
                   i64 %chunks) nounwind {
entry:
  %clock.at = getelementptr %pool, ptr %pool, i64 0, i32 19
  %until.at = getelementptr %pool, ptr %pool, i64 0, i32 22
  call void @note_place(ptr %pool)
  %clock = load ptr, ptr %clock.at
  %until = load i64, ptr %until.at
  %begun = call i64 @now(ptr %clock)
  %disturbed = icmp slt i64 %begun, %until
  br i1 %disturbed, label %alone, label %open
alone:
  %alone.at = getelementptr %pool, ptr %pool, i64 0, i32 26
  %times = load i64, ptr %alone.at
  %more.times = add i64 %times, 1
  store i64 %more.times, ptr %alone.at
  call void %function(ptr %bindings, ptr %constants, i64 0, i64 %items)
  ret void
open:
  %function.at = getelementptr %pool, ptr %pool, i64 0, i32 2
  %bindings.at = getelementptr %pool, ptr %pool, i64 0, i32 3
  %constants.at = getelementptr %pool, ptr %pool, i64 0, i32 4
  %chunks.at = getelementptr %pool, ptr %pool, i64 0, i32 5
  %items.at = getelementptr %pool, ptr %pool, i64 0, i32 6
  %shift.at = getelementptr %pool, ptr %pool, i64 0, i32 7
  %done.at = getelementptr %pool, ptr %pool, i64 0, i32 9
  %threads.at = getelementptr %pool, ptr %pool, i64 0, i32 13
  %cpus.at = getelementptr %pool, ptr %pool, i64 0, i32 14
  %sem_post.at = getelementptr %pool, ptr %pool, i64 0, i32 16
  %getcpu.at = getelementptr %pool, ptr %pool, i64 0, i32 17
  %setaffinity.at = getelementptr %pool, ptr %pool, i64 0, i32 18
  %sem_post = load ptr, ptr %sem_post.at
  %getcpu = load ptr, ptr %getcpu.at
  %setaffinity = load ptr, ptr %setaffinity.at
  %threads = load i64, ptr %threads.at
  %cpus = load i64, ptr %cpus.at
  %last = load i64, ptr %pool
  %last.generation = lshr i64 %last, 32
  %closing = add i64 %last.generation, 1
  %closed = shl i64 %closing, 32
  store atomic i64 %closed, ptr %pool seq_cst, align 8
  %small = mul i64 %chunks, 1024
  %is.small = icmp slt i64 %items, %small
  %shift = select i1 %is.small, i64 0, i64 6
  store volatile ptr %function, ptr %function.at
  store volatile ptr %bindings, ptr %bindings.at
  store volatile ptr %constants, ptr %constants.at
  store volatile i64 %chunks, ptr %chunks.at
  store volatile i64 %items, ptr %items.at
  store volatile i64 %shift, ptr %shift.at
  store volatile i64 0, ptr %done.at
  %generation = add i64 %last.generation, 2
  %opened = shl i64 %generation, 32
  store atomic i64 %opened, ptr %pool seq_cst, align 8
  br label %wake
wake:
  %position = phi i64 [ 0, %open ], [ %following, %woken ]
  %left = icmp slt i64 %position, %threads
  br i1 %left, label %see, label %join
see:
  %first = getelementptr %pool, ptr %pool, i64 1
  %thread = getelementptr %thread, ptr %first, i64 %position
  %asleep = atomicrmw xchg ptr %thread, i64 0 seq_cst
  %sleeps = icmp eq i64 %asleep, 1
  br i1 %sleeps, label %place, label %woken
place:
  %any = icmp eq i64 %cpus, 0
  br i1 %any, label %ring, label %avoid
avoid:
  ; A thread woken on this CPU would wait for this thread to leave it.
  %cpu32 = call i32 %getcpu()
  %cpu = zext i32 %cpu32 to i64
  %kept.at = getelementptr %thread, ptr %thread, i64 0, i32 2
  %kept = load i64, ptr %kept.at
  %same = icmp eq i64 %kept, %cpu
  br i1 %same, label %ring, label %move
move:
  store i64 %cpu, ptr %kept.at
  %bit = shl i64 1, %cpu
  %others = xor i64 %bit, -1
  %mask = and i64 %cpus, %others
  %mask.at = getelementptr %thread, ptr %thread, i64 0, i32 3
  store i64 %mask, ptr %mask.at
  %id.at = getelementptr %thread, ptr %thread, i64 0, i32 1
  %id = load i64, ptr %id.at
  %id32 = trunc i64 %id to i32
  %moved = call i32 %setaffinity(i32 %id32, i64 8, ptr %mask.at)
  br label %ring
ring:
  %bell = getelementptr %thread, ptr %thread, i64 0, i32 4
  %rung = call i32 %sem_post(ptr %bell)
  br label %woken
woken:
  %following = add i64 %position, 1
  br label %wake
join:
  call void @take(ptr %pool, i64 %generation, i64 1)
  %done = load atomic i64, ptr %done.at acquire, align 8
  %all = icmp eq i64 %done, %chunks
  br i1 %all, label %out, label %worked
worked:
  %left.at = call i64 @now(ptr %clock)
  br label %idle
idle:
  call void @pause()
  %now.done = load atomic i64, ptr %done.at acquire, align 8
  %now.all = icmp eq i64 %now.done, %chunks
  br i1 %now.all, label %waited, label %idle
waited:
  ; Two threads take chunks of equal size: a thread that runs needs less than half of the time that
  ; this one worked.
  %ended = call i64 @now(ptr %clock)
  %wait = sub i64 %ended, %left.at
  %work = sub i64 %left.at, %begun
  %half = lshr i64 %work, 1
  %limit = call i64 @llvm.smax.i64(i64 %half, i64 100000)
  %long = icmp sgt i64 %wait, %limit
  br i1 %long, label %note, label %out
note:
  call void @be_alone(ptr %pool, i64 %begun, i64 %ended, i64 %wait)
  br label %out
out:
  ret void
}
