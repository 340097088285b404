// A dynamic module in C that uses every function of the host, breaks each rule when told to, and
// writes down when it is freed.

#define _GNU_SOURCE

#include <ireelite/dynamic_module.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef GENERATION
#define GENERATION 1
#endif

IREELITE_DYNAMIC_MODULE_ABI();

static const ireelite_host_t* host;
static ireelite_type_t* box_type;
static char log_path[1024];
static char greeting[64];

static void note(const char* text, long number) {
  FILE* file;
  if (!log_path[0]) return;
  file = fopen(log_path, "a");
  if (!file) return;
  fprintf(file, "%s %ld\n", text, number);
  fclose(file);
}

__attribute__((destructor)) static void unloaded(void) { note("unload", GENERATION); }

//===----------------------------------------------------------------------===//
// States and objects
//===----------------------------------------------------------------------===//

typedef struct state_t {
  int64_t count;
  ireelite_ref_t* kept;
  pthread_t thread;
  int has_thread;
} state_t;

typedef struct box_t {
  int64_t value;
} box_t;

static void destroy_box(void* self, void* object) {
  (void)self;
  note("destroy box", (long)((box_t*)object)->value);
  host->deallocate(host, object);
}

static ireelite_status_t* create_state(void* self, void** out_state) {
  (void)self;
  return host->allocate(host, sizeof(state_t), out_state);
}

static void free_state(void* self, void* pointer) {
  state_t* state = (state_t*)pointer;
  (void)self;
  if (state->has_thread) pthread_join(state->thread, NULL);
  note("free state", (long)state->count);
  host->ref_release(host, state->kept);
  host->deallocate(host, state);
}

static ireelite_status_t* fork_state(void* self, void* parent, void** out_state) {
  state_t* copy;
  IREELITE_RETURN_IF_ERROR(create_state(self, out_state));
  copy = (state_t*)*out_state;
  copy->count = ((state_t*)parent)->count;
  copy->kept = ((state_t*)parent)->kept;
  host->ref_retain(host, copy->kept);
  return NULL;
}

static void destroy_module(void* self) {
  (void)self;
  note("destroy module", GENERATION);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

#define ARGUMENT(n) (call->arguments[n])
#define RESULT(n) (call->results[n])
#define FUNCTION(name)                                                              \
  static ireelite_status_t* name(state_t* state, const ireelite_call_t* call)
#define UNUSED (void)state, (void)call

// The text in a vm.buffer.
static ireelite_status_t* text_of(ireelite_ref_t* buffer, ireelite_string_view_t* out) {
  void* data = NULL;
  IREELITE_RETURN_IF_ERROR(
      host->buffer_bytes(host, buffer, IREELITE_ACCESS_READ, &data, &out->size));
  out->data = (const char*)data;
  return NULL;
}

static ireelite_status_t* make_text(ireelite_string_view_t text, ireelite_ref_t** out) {
  void* data;
  size_t size;
  IREELITE_RETURN_IF_ERROR(host->buffer_create(host, text.size, out));
  IREELITE_RETURN_IF_ERROR(host->buffer_bytes(host, *out, IREELITE_ACCESS_WRITE, &data, &size));
  if (size) memcpy(data, text.data, size);
  return NULL;
}

FUNCTION(nothing) { UNUSED; return NULL; }

FUNCTION(generation) {
  UNUSED;
  RESULT(0).i32 = GENERATION;
  return NULL;
}

FUNCTION(reverse) {  // 0iIfFr_rFfIi
  UNUSED;
  host->ref_retain(host, ARGUMENT(4).ref);
  RESULT(0).ref = ARGUMENT(4).ref;
  RESULT(1).f64 = ARGUMENT(3).f64;
  RESULT(2).f32 = ARGUMENT(2).f32;
  RESULT(3).i64 = ARGUMENT(1).i64;
  RESULT(4).i32 = ARGUMENT(0).i32;
  return NULL;
}

FUNCTION(sum_span) {  // 0CiD_i
  uint64_t i;
  UNUSED;
  for (i = 1; i <= ARGUMENT(0).count; ++i) RESULT(0).i32 += ARGUMENT(i).i32;
  return NULL;
}

FUNCTION(sum_tuples) {  // 0ICrIFDCfDi_IFfri: the last reference too
  uint64_t i, at = 0;
  int64_t total = ARGUMENT(at++).i64;
  ireelite_ref_t* last = NULL;
  uint64_t tuples = ARGUMENT(at++).count;
  UNUSED;
  for (i = 0; i < tuples; ++i) {
    last = ARGUMENT(at++).ref;
    total += ARGUMENT(at++).i64;
    RESULT(1).f64 += ARGUMENT(at++).f64;
  }
  RESULT(0).i64 = total;
  tuples = ARGUMENT(at++).count;
  for (i = 0; i < tuples; ++i) RESULT(2).f32 += ARGUMENT(at++).f32;
  host->ref_retain(host, last);
  RESULT(3).ref = last;
  RESULT(4).i32 = ARGUMENT(at++).i32;
  if (at != call->argument_count || call->result_count != 5) {
    return ireelite_make_status(host, IREELITE_STATUS_INTERNAL, "%d cells of %d", (int)at,
                                (int)call->argument_count);
  }
  return NULL;
}

FUNCTION(count) {  // 0I_I
  RESULT(0).i64 = state->count += ARGUMENT(0).i64;
  return NULL;
}

FUNCTION(keep) {  // 0r_v
  host->ref_retain(host, ARGUMENT(0).ref);
  host->ref_release(host, state->kept);
  state->kept = ARGUMENT(0).ref;
  return NULL;
}

FUNCTION(kept) {  // 0v_r
  host->ref_retain(host, state->kept);
  RESULT(0).ref = state->kept;
  return NULL;
}

FUNCTION(greet) {  // 0v_r
  UNUSED;
  return make_text(ireelite_string(greeting), &RESULT(0).ref);
}

FUNCTION(print) {  // 0ri_v
  ireelite_string_view_t text;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(0).ref, &text));
  return host->print(host, ARGUMENT(1).i32, text);
}

FUNCTION(format) {  // 0rI_r
  ireelite_string_view_t text;
  ireelite_status_t* status;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(
      host->format(host, ARGUMENT(0).ref, (size_t)ARGUMENT(1).i64, &text));
  status = make_text(text, &RESULT(0).ref);
  host->deallocate(host, (void*)text.data);
  return status;
}

// -- types and objects

FUNCTION(box) {  // 0I_r
  void* object;
  ireelite_status_t* status;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->allocate(host, sizeof(box_t), &object));
  ((box_t*)object)->value = ARGUMENT(0).i64;
  status = host->object_create(host, box_type, object, &RESULT(0).ref);
  if (status) host->deallocate(host, object);
  return status;
}

FUNCTION(unbox) {  // 0r_I
  void* object;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->object_get(host, ARGUMENT(0).ref, box_type, &object));
  RESULT(0).i64 = ((box_t*)object)->value;
  return NULL;
}

FUNCTION(type_of) {  // 0r_ri: its name, and whether looking that up finds the same
  ireelite_type_t* type;
  ireelite_type_t* found = NULL;
  ireelite_string_view_t name;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->ref_type(host, ARGUMENT(0).ref, &type));
  IREELITE_RETURN_IF_ERROR(host->type_name(host, type, &name));
  IREELITE_RETURN_IF_ERROR(host->type_lookup(host, name, &found));
  RESULT(1).i32 = found == type;
  return make_text(name, &RESULT(0).ref);
}

FUNCTION(look_up) {  // 0r_v
  ireelite_string_view_t name;
  ireelite_type_t* type;
  ireelite_status_t* status;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(0).ref, &name));
  status = host->type_lookup(host, name, &type);
  host->status_annotate(host, status, ireelite_string("looking it up in the library"));
  return status;
}

FUNCTION(forget_type) {  // 0v_v
  UNUSED;
  return host->type_unregister(host, box_type);
}

// -- statuses

FUNCTION(fail) {  // 0ir_v
  ireelite_string_view_t text;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(1).ref, &text));
  return host->status_make(host, ARGUMENT(0).i32, text);
}

FUNCTION(swallow) {  // 0r_ir: code and message of what looking up a type gives
  ireelite_string_view_t name, message;
  ireelite_type_t* type;
  ireelite_status_t* status;
  ireelite_status_t* made;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(0).ref, &name));
  status = host->type_lookup(host, name, &type);
  RESULT(0).i32 = host->status_code(host, status);
  host->status_message(host, status, &message);
  made = make_text(message, &RESULT(1).ref);
  host->status_free(host, status);
  return made;
}

// -- buffers and lists

FUNCTION(iota) {  // 0I_r
  void* data;
  size_t size, i;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->buffer_create(host, (size_t)ARGUMENT(0).i64, &RESULT(0).ref));
  IREELITE_RETURN_IF_ERROR(
      host->buffer_bytes(host, RESULT(0).ref, IREELITE_ACCESS_WRITE, &data, &size));
  for (i = 0; i < size; ++i) ((uint8_t*)data)[i] = (uint8_t)i;
  return NULL;
}

FUNCTION(poke) {  // 0rIi_v
  void* data;
  size_t size;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(
      host->buffer_bytes(host, ARGUMENT(0).ref, IREELITE_ACCESS_WRITE, &data, &size));
  if ((size_t)ARGUMENT(1).i64 >= size) {
    return ireelite_make_status(host, IREELITE_STATUS_OUT_OF_RANGE, "poking at %d of %d",
                                (int)ARGUMENT(1).i64, (int)size);
  }
  ((uint8_t*)data)[ARGUMENT(1).i64] = (uint8_t)ARGUMENT(2).i32;
  return NULL;
}

FUNCTION(make_list) {  // 0rI_r: of a type, with 0, 1, ...
  ireelite_string_view_t type;
  ireelite_value_t value;
  int64_t i;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(0).ref, &type));
  IREELITE_RETURN_IF_ERROR(host->list_create(host, type, &RESULT(0).ref));
  for (i = 0; i < ARGUMENT(1).i64; ++i) {
    value.i64 = i;
    IREELITE_RETURN_IF_ERROR(host->list_push(host, RESULT(0).ref, 'I', &value));
  }
  return NULL;
}

FUNCTION(sum_list) {  // 0r_IF
  size_t size, i;
  ireelite_value_t value;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->list_size(host, ARGUMENT(0).ref, &size));
  for (i = 0; i < size; ++i) {
    IREELITE_RETURN_IF_ERROR(host->list_get(host, ARGUMENT(0).ref, i, 'I', &value));
    RESULT(0).i64 += value.i64;
    IREELITE_RETURN_IF_ERROR(host->list_get(host, ARGUMENT(0).ref, i, 'F', &value));
    RESULT(1).f64 += value.f64;
  }
  return NULL;
}

FUNCTION(list_get) {  // 0rI_r
  ireelite_value_t value;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(
      host->list_get(host, ARGUMENT(0).ref, (size_t)ARGUMENT(1).i64, 'r', &value));
  RESULT(0).ref = value.ref;
  return NULL;
}

FUNCTION(list_set) {  // 0rIr_v
  UNUSED;
  return host->list_set(host, ARGUMENT(0).ref, (size_t)ARGUMENT(1).i64, 'r', &ARGUMENT(2));
}

FUNCTION(list_resize) {  // 0rI_v
  UNUSED;
  return host->list_resize(host, ARGUMENT(0).ref, (size_t)ARGUMENT(1).i64);
}

// -- tensors

FUNCTION(scale) {  // 0rF_r: a tensor of f32, times a number
  int64_t shape[4];
  ireelite_buffer_view_info_t info = {sizeof(info), 0, 0, 0, 0, 4, NULL};
  ireelite_mapping_t mapping = {sizeof(mapping), 0, NULL, NULL};
  ireelite_ref_t* buffer = NULL;
  ireelite_status_t* status;
  float* values;
  size_t i;
  UNUSED;
  info.shape = shape;
  IREELITE_RETURN_IF_ERROR(host->buffer_view_info(host, ARGUMENT(0).ref, &info));
  if (info.element_type != IREELITE_ELEMENT_TYPE_F32) {
    return ireelite_make_status(host, IREELITE_STATUS_INVALID_ARGUMENT, "element type %08X",
                                (unsigned)info.element_type);
  }
  values = (float*)malloc(info.byte_length);
  status = host->hal_buffer_map(host, ARGUMENT(0).ref, IREELITE_ACCESS_READ, &mapping);
  if (!status) {
    for (i = 0; i < mapping.size / 4; ++i) {
      values[i] = (float)(((const float*)mapping.data)[i] * ARGUMENT(1).f64);
    }
    status = host->hal_buffer_unmap(host, &mapping);
  }
  if (!status) {
    status = host->hal_buffer_create(host, ARGUMENT(0).ref, values, info.byte_length, &buffer);
  }
  if (!status) status = host->buffer_view_create(host, buffer, &info, &RESULT(0).ref);
  host->ref_release(host, buffer);
  free(values);
  return status;
}

FUNCTION(negate) {  // 0r_v: a tensor of i32, in place, one half through a mapping
  ireelite_mapping_t mapping = {sizeof(mapping), 0, NULL, NULL};
  ireelite_ref_t* buffer;
  ireelite_status_t* status;
  size_t i, half;
  int32_t value;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(host->buffer_view_buffer(host, ARGUMENT(0).ref, &buffer));
  status = host->hal_buffer_map(host, buffer, IREELITE_ACCESS_READ | IREELITE_ACCESS_WRITE,
                                &mapping);
  half = mapping.size / 8;
  for (i = 0; i < half && !status; ++i) {
    ((int32_t*)mapping.data)[i] = -((int32_t*)mapping.data)[i];
  }
  half = mapping.size / 4;
  if (!status) status = host->hal_buffer_unmap(host, &mapping);
  for (; i < half && !status; ++i) {
    status = host->hal_buffer_read(host, buffer, i * 4, 4, &value);
    value = -value;
    if (!status) status = host->hal_buffer_write(host, ARGUMENT(0).ref, i * 4, 4, &value);
  }
  host->ref_release(host, buffer);
  return status;
}

FUNCTION(ones) {  // 0Ii_r: rank and element type; host memory
  int64_t shape[16];
  float values[1] = {1.0f};
  ireelite_buffer_view_info_t info = {sizeof(info), 0, 1, 0, 0, 0, NULL};
  ireelite_ref_t* buffer;
  ireelite_status_t* status;
  size_t i;
  UNUSED;
  for (i = 0; i < 16; ++i) shape[i] = 1;
  info.rank = (size_t)ARGUMENT(0).i64;
  info.element_type = ARGUMENT(1).i32;
  info.shape = shape;
  IREELITE_RETURN_IF_ERROR(host->hal_buffer_create(host, NULL, values, sizeof(values), &buffer));
  status = host->buffer_view_create(host, buffer, &info, &RESULT(0).ref);
  host->ref_release(host, buffer);
  return status;
}

// -- fences

FUNCTION(fence) { UNUSED; return host->fence_create(host, &RESULT(0).ref); }
FUNCTION(fence_query) { UNUSED; return host->fence_query(host, ARGUMENT(0).ref, &RESULT(0).i32); }
FUNCTION(fence_wait) { UNUSED; return host->fence_wait(host, ARGUMENT(0).ref, ARGUMENT(1).i64); }
FUNCTION(fence_signal) { UNUSED; return host->fence_signal(host, ARGUMENT(0).ref); }
FUNCTION(fence_fail) {  // 0rr_v
  ireelite_string_view_t text;
  UNUSED;
  IREELITE_RETURN_IF_ERROR(text_of(ARGUMENT(1).ref, &text));
  return host->fence_fail(host, ARGUMENT(0).ref,
                          host->status_make(host, IREELITE_STATUS_DATA_LOSS, text));
}

static void forward_now(void* fence, ireelite_status_t* status) {
  ireelite_status_t* failed = status ? host->fence_fail(host, (ireelite_ref_t*)fence, status)
                                     : host->fence_signal(host, (ireelite_ref_t*)fence);
  host->status_free(host, failed);
  host->ref_release(host, (ireelite_ref_t*)fence);
}
FUNCTION(forward) {  // 0rr_v
  UNUSED;
  host->ref_retain(host, ARGUMENT(1).ref);
  return host->fence_notify(host, ARGUMENT(0).ref, forward_now, ARGUMENT(1).ref);
}
FUNCTION(forward_nowhere) {  // 0r_v
  UNUSED;
  return host->fence_notify(host, ARGUMENT(0).ref, NULL, NULL);
}

static int is_busy;

static void say_outcome(void* ref, ireelite_status_t* status) {
  const char* outcome = is_busy ? "busy" : status ? "failed" : "reached";
  host->status_free(host, host->print(host, IREELITE_STREAM_OUT, ireelite_string(outcome)));
  host->status_free(host, status);
  host->ref_release(host, (ireelite_ref_t*)ref);
}
FUNCTION(say_when) {  // 0rr_v: holds the second argument until the fence is decided
  ireelite_status_t* status;
  UNUSED;
  host->ref_retain(host, ARGUMENT(1).ref);
  status = host->fence_notify(host, ARGUMENT(0).ref, say_outcome, ARGUMENT(1).ref);
  if (status) host->ref_release(host, ARGUMENT(1).ref);
  return status;
}
FUNCTION(work) {  // 0v_v: prints while it is busy
  ireelite_status_t* status;
  UNUSED;
  is_busy = 1;
  status = host->print(host, IREELITE_STREAM_OUT, ireelite_string("work"));
  is_busy = 0;
  return status;
}

static void* signal_soon(void* fence) {
  usleep(30000);
  host->fence_signal(host, (ireelite_ref_t*)fence);
  host->ref_release(host, (ireelite_ref_t*)fence);
  return NULL;
}

FUNCTION(signal_later) {  // 0r_v: in a thread that the runtime does not know
  if (state->has_thread) pthread_join(state->thread, NULL);
  host->ref_retain(host, ARGUMENT(0).ref);
  state->has_thread = 1;
  pthread_create(&state->thread, NULL, signal_soon, ARGUMENT(0).ref);
  return NULL;
}

static void* mistake_soon(void* unused) {
  (void)unused;
  host->ref_release(host, (ireelite_ref_t*)(uintptr_t)0xBAD0);
  return NULL;
}

FUNCTION(mistake_in_thread) {  // 0v_v
  UNUSED;
  if (state->has_thread) pthread_join(state->thread, NULL);
  pthread_create(&state->thread, NULL, mistake_soon, NULL);
  pthread_join(state->thread, NULL);
  state->has_thread = 0;
  return NULL;
}

// -- leaks and mistakes

FUNCTION(leak) {  // 0rI_v
  void* memory;
  UNUSED;
  host->ref_retain(host, ARGUMENT(0).ref);
  host->status_make(host, IREELITE_STATUS_UNKNOWN, ireelite_string("lost"));
  return host->allocate(host, (size_t)ARGUMENT(1).i64, &memory);
}

FUNCTION(mistake) {  // 0i_r
  ireelite_ref_t* wrong = (ireelite_ref_t*)(uintptr_t)0xBAD0;
  ireelite_type_descriptor_t descriptor = {3, IREELITE_STRING("a.b"), NULL, NULL};
  ireelite_mapping_t mapping = {0, 0, NULL, NULL};
  ireelite_type_t* type;
  ireelite_string_view_t text;
  void* memory;
  UNUSED;
  switch (ARGUMENT(0).i32) {
    case 0: host->ref_release(host, wrong); return NULL;
    case 1: host->ref_retain(host, wrong); return NULL;
    case 2: host->deallocate(host, (void*)&memory); return NULL;
    case 3:
      IREELITE_RETURN_IF_ERROR(host->allocate(host, 8, &memory));
      host->deallocate(host, memory);
      host->deallocate(host, memory);
      return NULL;
    case 4: return host->allocate(host, 8, NULL);
    case 5: return (ireelite_status_t*)wrong;
    case 6: RESULT(0).ref = wrong; return NULL;
    case 7: return host->type_unregister(host, (ireelite_type_t*)wrong);
    case 8: return host->type_register(host, &descriptor, &type);
    case 9: host->status_free(host, (ireelite_status_t*)wrong); return NULL;
    case 10: RESULT(0).i32 = host->status_code(host, (ireelite_status_t*)wrong); return NULL;
    case 11: return host->type_name(host, box_type, NULL);
    case 12: return host->hal_buffer_unmap(host, &mapping);
    case 13: return host->type_register(host, NULL, &type);
    case 14: host->status_message(host, (ireelite_status_t*)wrong, &text); return NULL;
    case 15:
      host->status_annotate(host, (ireelite_status_t*)wrong, ireelite_string("x"));
      return NULL;
    default: return NULL;
  }
}

FUNCTION(drop) {  // 0r_v: what it has only borrowed
  UNUSED;
  host->ref_release(host, ARGUMENT(0).ref);
  return NULL;
}

FUNCTION(steal) {  // 0r_r
  UNUSED;
  RESULT(0).ref = ARGUMENT(0).ref;
  return NULL;
}

FUNCTION(finish) {  // 0v_v: `__deinit` in the mode of that name
  UNUSED;
  note("finish", (long)state->count);
  return NULL;
}

// -- an error inside of a function that the library calls, which is dropped

FUNCTION(print_and_drop) {  // 0v_v
  UNUSED;
  host->status_free(host, host->print(host, IREELITE_STREAM_OUT, ireelite_string("dropped")));
  return NULL;
}

FUNCTION(interrupted) {  // 0v_v: Ctrl-C comes while this runs
  UNUSED;
  raise(SIGINT);
  host->status_free(host, host->print(host, IREELITE_STREAM_OUT, ireelite_string("")));
  return NULL;
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

typedef ireelite_status_t* (*function_t)(state_t*, const ireelite_call_t*);

#define ROWS(ROW)                                                                           \
  ROW(nothing, "0v_v") ROW(generation, "0v_i") ROW(reverse, "0iIfFr_rFfIi")                 \
  ROW(sum_span, "0CiD_i") ROW(sum_tuples, "0ICrIFDCfDi_IFfri") ROW(count, "0I_I")           \
  ROW(keep, "0r_v") ROW(kept, "0v_r") ROW(greet, "0v_r") ROW(print, "0ri_v")                \
  ROW(format, "0rI_r") ROW(box, "0I_r") ROW(unbox, "0r_I") ROW(type_of, "0r_ri")            \
  ROW(look_up, "0r_v") ROW(forget_type, "0v_v") ROW(fail, "0ir_v") ROW(swallow, "0r_ir")    \
  ROW(iota, "0I_r") ROW(poke, "0rIi_v") ROW(make_list, "0rI_r") ROW(sum_list, "0r_IF")      \
  ROW(list_get, "0rI_r") ROW(list_set, "0rIr_v") ROW(list_resize, "0rI_v")                  \
  ROW(scale, "0rF_r") ROW(negate, "0r_v") ROW(ones, "0Ii_r") ROW(fence, "0v_r")             \
  ROW(fence_query, "0r_i") ROW(fence_wait, "0rI_v") ROW(fence_signal, "0r_v")               \
  ROW(fence_fail, "0rr_v") ROW(forward, "0rr_v") ROW(forward_nowhere, "0r_v")  \
  ROW(signal_later, "0r_v") ROW(mistake_in_thread, "0v_v") ROW(say_when, "0rr_v") ROW(work, "0v_v") \
  ROW(leak, "0rI_v") ROW(mistake, "0i_r") ROW(print_and_drop, "0v_v")          \
  ROW(interrupted, "0v_v") ROW(drop, "0r_v") ROW(steal, "0r_r") ROW(finish, "0v_v")

#define FUNCTION_ROW(name, cconv) name,
static const function_t functions[] = {ROWS(FUNCTION_ROW)};

static const ireelite_string_pair_t attributes[] = {
    {IREELITE_STRING("iree.abi.declaration"), IREELITE_STRING("sync func @nothing()")}};

#define EXPORT_ROW(name, cconv) {IREELITE_STRING(#name), IREELITE_STRING(cconv), 0, NULL},
static ireelite_export_t exports[] = {ROWS(EXPORT_ROW)};

static ireelite_dependency_t dependencies[] = {{IREELITE_STRING("hal"), 7, 0}};

static ireelite_status_t* call_function(void* self, void* state, size_t ordinal,
                                        const ireelite_call_t* call) {
  (void)self;
  return functions[ordinal]((state_t*)state, call);
}

static ireelite_module_t module = {sizeof(module),
                                   IREELITE_ABI_VERSION,
                                   GENERATION,
                                   NULL,
                                   IREELITE_STRING("everything"),
                                   0,
                                   dependencies,
                                   sizeof(exports) / sizeof(exports[0]),
                                   exports,
                                   destroy_module,
                                   create_state,
                                   free_state,
                                   fork_state,
                                   call_function};

static void copy(ireelite_string_view_t text, char* out, size_t capacity) {
  size_t size = text.size < capacity - 1 ? text.size : capacity - 1;
  memcpy(out, text.data, size);
  out[size] = 0;
}

IREELITE_EXPORT ireelite_status_t* iree_vm_dynamic_module_create(
    uint32_t max_version, const ireelite_host_t* given, size_t param_count,
    const ireelite_string_pair_t* params, ireelite_module_t** out_module) {
  ireelite_type_descriptor_t descriptor = {sizeof(descriptor), IREELITE_STRING("everything.box"),
                                           NULL, destroy_box};
  char mode[32];
  IREELITE_RETURN_IF_ERROR(ireelite_check_version(given, max_version));
  host = given;
  copy(ireelite_param(param_count, params, "log", ""), log_path, sizeof(log_path));
  copy(ireelite_param(param_count, params, "greeting", "hello"), greeting, sizeof(greeting));
  copy(ireelite_param(param_count, params, "mode", ""), mode, sizeof(mode));
  exports[0].attribute_count = 1;
  exports[0].attributes = attributes;
  if (!IREELITE_HAS(host, ireelite_host_t, fence_fail)) {
    return ireelite_make_status(host, IREELITE_STATUS_INCOMPATIBLE, "the host lacks fences");
  }
  if (!strcmp(mode, "short descriptor")) {
    descriptor.struct_size = offsetof(ireelite_type_descriptor_t, destroy);
  }
  IREELITE_RETURN_IF_ERROR(host->type_register(host, &descriptor, &box_type));
  *out_module = &module;
  if (!strcmp(mode, "null")) *out_module = NULL;
  if (!strcmp(mode, "error")) {
    *out_module = NULL;
    return ireelite_make_status(host, IREELITE_STATUS_UNAVAILABLE, "no luck with %s", mode);
  }
  if (!strcmp(mode, "leaves an object")) {
    void* object;
    ireelite_ref_t* ref;
    IREELITE_RETURN_IF_ERROR(host->allocate(host, sizeof(box_t), &object));
    IREELITE_RETURN_IF_ERROR(host->object_create(host, box_type, object, &ref));
    *out_module = NULL;
  }
  if (!strcmp(mode, "cconv")) exports[1].cconv = ireelite_string("0x_y");
  if (!strcmp(mode, "twice")) exports[1].name = exports[0].name;
  if (!strcmp(mode, "nameless export")) exports[1].name.size = 0;
  if (!strcmp(mode, "exports")) module.exports = NULL;
  if (!strcmp(mode, "many exports")) module.export_count = (size_t)-1;
  if (!strcmp(mode, "nameless")) module.name.size = 0;
  if (!strcmp(mode, "dot")) module.name = ireelite_string("every.thing");
  if (!strcmp(mode, "size")) module.struct_size = 8;
  if (!strcmp(mode, "version")) module.abi_version = 0x00020000u;
  if (!strcmp(mode, "call")) module.call = NULL;
  if (!strcmp(mode, "larger")) module.struct_size += 64;
  if (!strcmp(mode, "requires hal")) {
    module.dependency_count = 1;
    dependencies[0].flags = IREELITE_DEPENDENCY_REQUIRED;
  }
  if (!strcmp(mode, "wants hal")) {
    module.dependency_count = 1;
    dependencies[0].flags = IREELITE_DEPENDENCY_OPTIONAL;
  }
  if (!strcmp(mode, "deinit")) exports[module.export_count - 1].name = ireelite_string("__deinit");
  if (!strcmp(mode, "no fork")) module.fork_state = NULL;
  if (!strcmp(mode, "no destroy")) module.destroy = NULL;
  return NULL;
}

// A second function that makes a module, for hosts newer than any there is.
IREELITE_EXPORT ireelite_status_t* create_from_the_future(
    uint32_t max_version, const ireelite_host_t* given, size_t param_count,
    const ireelite_string_pair_t* params, ireelite_module_t** out_module) {
  (void)param_count, (void)params, (void)out_module;
  if (max_version < 0x00010007u) {
    return ireelite_make_status(given, IREELITE_STATUS_UNIMPLEMENTED, "version %u.%u is too old",
                                (unsigned)(max_version >> 16), (unsigned)(max_version & 0xFFFF));
  }
  return NULL;
}
