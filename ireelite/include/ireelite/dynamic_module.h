// The C interface of dynamic modules: VM modules in shared libraries.
//
// A library exports a marker and a function that makes a module:
//
//     IREELITE_DYNAMIC_MODULE_ABI();
//
//     IREELITE_EXPORT ireelite_status_t* iree_vm_dynamic_module_create(
//         uint32_t max_version, const ireelite_host_t* host, size_t param_count,
//         const ireelite_string_pair_t* params, ireelite_module_t** out_module);
//
// and is loaded as `--module=library.so`, `--module=library.so@function?key=value&key=value`, or
// with `ireelite.modules.dynamic.load_dynamic_module`. It links to nothing: all it needs of the
// runtime is in the table `host`.
//
// C99 and C++11. `dynamic_module.hpp` is a C++17 layer on top of this.
//
// Rules that hold everywhere:
//
// Versions.  The interface is versioned as major.minor. A new minor version only adds: members at
//   the end of structs, constants. Each struct that crosses the boundary begins with its size as
//   the side that filled it in knows it; what lies behind that size is taken for zero. So a
//   library of version 1.x runs on each runtime of version 1.y with y >= x, and on an older one if
//   it keeps to what `host->struct_size` says is there (IREELITE_HAS). A library built for
//   another major version is refused before any of its functions is called.
// Statuses.  NULL is success. Anything else is owned by the one who gets it: hand it on, or free
//   it with `host->status_free`. No function keeps hold of a status that it has returned.
// References.  `ireelite_ref_t*` stands for a reference to an object of the VM, NULL for a null
//   reference. It is a ticket, not an address: never the same number twice, so that a ticket used
//   after its release is an error and not a crash. Arguments are borrowed: retain what is to stay
//   after the call. Results are given away. Functions with an `out` reference give a new one,
//   which must be released or given away. A module must not hold references to objects of its own
//   types longer than in its states: each such object keeps the module.
// Strings.  UTF-8, with a length, without a NUL that counts. Borrowed for the time of the call,
//   unless said otherwise.
// Threads.  Every function of the host may be called from any thread. A module's functions may be
//   called from any thread, at the same time if it is with different states; that no two calls
//   share a state is what the application sees to.
// Exceptions.  None may cross the boundary, in either direction.
// Mistakes.  A ticket, type or status that the host has not given, a release too many, memory
//   freed twice: the host takes note, and the call into the module that was running fails with
//   INTERNAL when it returns.
// Unloading.  Each load of a library is a library by itself, with its own globals. It is unloaded
//   when the last context that uses it and the last object that it made are gone. With GCC
//   compile C++ with -fno-gnu-unique, or the system will never unload it. A library must not leave
//   threads behind.

#ifndef IREELITE_DYNAMIC_MODULE_H_
#define IREELITE_DYNAMIC_MODULE_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(_WIN32)
#define IREELITE_EXPORT_SYMBOL __declspec(dllexport)
#else
#define IREELITE_EXPORT_SYMBOL __attribute__((visibility("default")))
#endif
#if defined(__cplusplus)
#define IREELITE_EXPORT extern "C" IREELITE_EXPORT_SYMBOL
extern "C" {
#else
#define IREELITE_EXPORT IREELITE_EXPORT_SYMBOL
#endif

#define IREELITE_ABI_VERSION_1_0 0x00010000u
#define IREELITE_ABI_VERSION_1_1 0x00010001u  // fence_notify
// The version that a library needs: the one this header describes, or an older one that it keeps
// to, which it defines before.
#ifndef IREELITE_ABI_VERSION
#define IREELITE_ABI_VERSION IREELITE_ABI_VERSION_1_1
#endif

// The function that is called if the user names none.
#define IREELITE_DEFAULT_ENTRY_POINT "iree_vm_dynamic_module_create"

//===----------------------------------------------------------------------===//
// The marker
//===----------------------------------------------------------------------===//

// Says that a library was built for this interface. A library without it is never called.
typedef struct ireelite_dynamic_module_abi_t {
  char magic[8];          // "IREELITE", no NUL
  uint32_t version;       // IREELITE_ABI_VERSION when it was compiled
  uint32_t pointer_size;  // sizeof(void*)
} ireelite_dynamic_module_abi_t;

extern IREELITE_EXPORT_SYMBOL const ireelite_dynamic_module_abi_t ireelite_dynamic_module_abi;

// Defines the marker; once in a library, at file scope.
#define IREELITE_DYNAMIC_MODULE_ABI()                                  \
  const ireelite_dynamic_module_abi_t ireelite_dynamic_module_abi = {  \
      {'I', 'R', 'E', 'E', 'L', 'I', 'T', 'E'}, IREELITE_ABI_VERSION, \
      (uint32_t)sizeof(void*)}

//===----------------------------------------------------------------------===//
// Plain data
//===----------------------------------------------------------------------===//

typedef struct ireelite_host_t ireelite_host_t;
typedef struct ireelite_status_t ireelite_status_t;  // opaque
typedef struct ireelite_ref_t ireelite_ref_t;        // opaque
typedef struct ireelite_type_t ireelite_type_t;      // opaque

typedef struct ireelite_string_view_t {
  const char* data;
  size_t size;
} ireelite_string_view_t;

typedef struct ireelite_string_pair_t {
  ireelite_string_view_t key;
  ireelite_string_view_t value;
} ireelite_string_pair_t;

// IREE's status codes.
typedef enum ireelite_status_code_e {
  IREELITE_STATUS_OK = 0,
  IREELITE_STATUS_CANCELLED = 1,
  IREELITE_STATUS_UNKNOWN = 2,
  IREELITE_STATUS_INVALID_ARGUMENT = 3,
  IREELITE_STATUS_DEADLINE_EXCEEDED = 4,
  IREELITE_STATUS_NOT_FOUND = 5,
  IREELITE_STATUS_ALREADY_EXISTS = 6,
  IREELITE_STATUS_PERMISSION_DENIED = 7,
  IREELITE_STATUS_RESOURCE_EXHAUSTED = 8,
  IREELITE_STATUS_FAILED_PRECONDITION = 9,
  IREELITE_STATUS_ABORTED = 10,
  IREELITE_STATUS_OUT_OF_RANGE = 11,
  IREELITE_STATUS_UNIMPLEMENTED = 12,
  IREELITE_STATUS_INTERNAL = 13,
  IREELITE_STATUS_UNAVAILABLE = 14,
  IREELITE_STATUS_DATA_LOSS = 15,
  IREELITE_STATUS_UNAUTHENTICATED = 16,
  IREELITE_STATUS_DEFERRED = 17,
  IREELITE_STATUS_INCOMPATIBLE = 18
} ireelite_status_code_t;

// One value of the VM, in 8 bytes whatever it is. The letters are those of calling conventions.
typedef union ireelite_value_t {
  int32_t i32;          // i
  int64_t i64;          // I
  float f32;            // f
  double f64;           // F
  ireelite_ref_t* ref;  // r
  uint64_t count;       // of the tuples in a span
} ireelite_value_t;

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

// A call of an exported function. Its calling convention says what lies in the cells:
//
//   - each letter is one cell: for "0iIr_fF", arguments[0].i32, [1].i64, [2].ref; results[0].f32,
//     [1].f64;
//   - a span `C...D` is a cell with the number of its tuples, `count`, and behind it the tuples,
//     a cell for each letter: "0iCrID_v" with two tuples is [0].i32, [1].count = 2, [2].ref,
//     [3].i64, [4].ref, [5].i64.
//
// Results are zero before the call. References in them are taken over by the host, also if the
// call fails.
typedef struct ireelite_call_t {
  size_t struct_size;
  size_t argument_count;  // cells
  const ireelite_value_t* arguments;
  size_t result_count;  // cells
  ireelite_value_t* results;
} ireelite_call_t;

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

enum {
  IREELITE_DEPENDENCY_REQUIRED = 1,
  IREELITE_DEPENDENCY_OPTIONAL = 2
};

// A module that must be, or may be, in the context before this one.
typedef struct ireelite_dependency_t {
  ireelite_string_view_t name;
  uint32_t minimum_version;
  uint32_t flags;
} ireelite_dependency_t;

// A function of the module. Those named `__init` and `__deinit` ("0v_v") are called when a
// context has taken the module in, and when it is closed.
typedef struct ireelite_export_t {
  ireelite_string_view_t name;     // without the module's: "string.print"
  ireelite_string_view_t cconv;    // "0r_v"; `v` stands for nothing
  size_t attribute_count;          // reflection, as "iree.abi.declaration"
  const ireelite_string_pair_t* attributes;
} ireelite_export_t;

// A module. It and all it points to stay as they are until `destroy`.
typedef struct ireelite_module_t {
  size_t struct_size;
  uint32_t abi_version;  // IREELITE_ABI_VERSION when it was compiled
  uint32_t version;      // the module's own
  void* self;
  ireelite_string_view_t name;
  size_t dependency_count;
  const ireelite_dependency_t* dependencies;
  size_t export_count;
  const ireelite_export_t* exports;

  // Gives back the module with all it has allocated. No function is called afterwards. Types
  // that are still registered are unregistered by the host. May be NULL.
  void (*destroy)(void* self);

  // Makes the state of a new context, in *out_state, which may stay NULL. May be NULL: then
  // there are no states.
  ireelite_status_t* (*create_state)(void* self, void** out_state);
  // Gives a state back. May be NULL.
  void (*free_state)(void* self, void* state);
  // Makes the state of a context that is forked off another one: what is not to be shared must
  // be copied. NULL means that contexts with this module cannot be forked, unless there are no
  // states.
  ireelite_status_t* (*fork_state)(void* self, void* parent_state, void** out_state);

  // Calls the export of that ordinal, its position in `exports`.
  ireelite_status_t* (*call)(void* self, void* state, size_t ordinal, const ireelite_call_t* call);
} ireelite_module_t;

// Makes a module. `max_version` is the newest version of this interface that the host has:
// return UNIMPLEMENTED if the module needs a newer one. `params` are the user's, in order; keys
// may occur more than once. If it fails, nothing must be left.
typedef ireelite_status_t* (*ireelite_create_fn_t)(uint32_t max_version,
                                                   const ireelite_host_t* host, size_t param_count,
                                                   const ireelite_string_pair_t* params,
                                                   ireelite_module_t** out_module);

//===----------------------------------------------------------------------===//
// What the host offers
//===----------------------------------------------------------------------===//

// A reference type that a library adds.
typedef struct ireelite_type_descriptor_t {
  size_t struct_size;
  ireelite_string_view_t name;  // "custom.string", `!custom.string` in programs
  void* self;
  // Gives an object back; called once, when the last reference to it is gone, in any thread. The
  // module is still there. May be NULL.
  void (*destroy)(void* self, void* object);
} ireelite_type_descriptor_t;

enum {
  IREELITE_ACCESS_READ = 1,
  IREELITE_ACCESS_WRITE = 2
};

// Bytes of a `hal.buffer` in the host's memory.
typedef struct ireelite_mapping_t {
  size_t struct_size;
  size_t size;
  void* data;
  void* token;  // the host's
} ireelite_mapping_t;

// Shape and element type of a `hal.buffer_view`.
typedef struct ireelite_buffer_view_info_t {
  size_t struct_size;
  int32_t element_type;  // the HAL's code, see IREELITE_ELEMENT_TYPE_*
  int32_t encoding;      // 1: dense row-major
  size_t byte_length;    // of the buffer; ignored when a view is created
  size_t rank;
  size_t shape_capacity;  // how many extents `shape` has room for; ignored when one is created
  int64_t* shape;
} ireelite_buffer_view_info_t;

#define IREELITE_ELEMENT_TYPE_I1 0x13000008
#define IREELITE_ELEMENT_TYPE_I8 0x10000008
#define IREELITE_ELEMENT_TYPE_I16 0x10000010
#define IREELITE_ELEMENT_TYPE_I32 0x10000020
#define IREELITE_ELEMENT_TYPE_I64 0x10000040
#define IREELITE_ELEMENT_TYPE_F16 0x21000010
#define IREELITE_ELEMENT_TYPE_F32 0x21000020
#define IREELITE_ELEMENT_TYPE_F64 0x21000040
#define IREELITE_ELEMENT_TYPE_BF16 0x22000010

enum {
  IREELITE_STREAM_OUT = 1,
  IREELITE_STREAM_ERROR = 2
};

// What a library has called when a fence is reached, with NULL, or fails, with its status, which the
// function owns. It must not block: the thread that calls it is the one that signals.
typedef void (*ireelite_fence_callback_t)(void* context, ireelite_status_t* status);

// Functions of the runtime. Each takes the table itself first. The table lives as long as the
// library.
struct ireelite_host_t {
  size_t struct_size;
  uint32_t version;  // the newest version of this interface that the host has
  uint32_t reserved;
  void* self;  // the host's

  // -- Memory

  // Zeroed memory, aligned for any type. RESOURCE_EXHAUSTED if there is none.
  ireelite_status_t* (*allocate)(const ireelite_host_t* host, size_t size, void** out);
  // Frees what `allocate` gave; NULL is fine.
  void (*deallocate)(const ireelite_host_t* host, void* memory);

  // -- Statuses

  // A new status; NULL for the code OK. A code that does not exist becomes UNKNOWN.
  ireelite_status_t* (*status_make)(const ireelite_host_t* host, int32_t code,
                                    ireelite_string_view_t message);
  // Adds what was being done when it failed.
  void (*status_annotate)(const ireelite_host_t* host, ireelite_status_t* status,
                          ireelite_string_view_t context);
  int32_t (*status_code)(const ireelite_host_t* host, const ireelite_status_t* status);
  // "message; context; context", until the status is annotated or freed.
  void (*status_message)(const ireelite_host_t* host, const ireelite_status_t* status,
                         ireelite_string_view_t* out_message);
  void (*status_free)(const ireelite_host_t* host, ireelite_status_t* status);

  // -- Types

  // Registers a reference type with the instance, until `type_unregister` or until the module is
  // destroyed. ALREADY_EXISTS if the name is taken; another load of the same library file may
  // take the name again.
  ireelite_status_t* (*type_register)(const ireelite_host_t* host,
                                      const ireelite_type_descriptor_t* descriptor,
                                      ireelite_type_t** out_type);
  // Unregisters a type that this module has registered. Objects of it live on.
  ireelite_status_t* (*type_unregister)(const ireelite_host_t* host, ireelite_type_t* type);
  // A type by name: the VM's ("vm.buffer", "vm.list"), the HAL's ("hal.buffer_view", ...), or one
  // that a module has registered. NOT_FOUND.
  ireelite_status_t* (*type_lookup)(const ireelite_host_t* host, ireelite_string_view_t name,
                                    ireelite_type_t** out_type);
  // The name of a type, as long as the library lives.
  ireelite_status_t* (*type_name)(const ireelite_host_t* host, const ireelite_type_t* type,
                                  ireelite_string_view_t* out_name);

  // -- References

  // One more claim on a reference; NULL is fine.
  void (*ref_retain)(const ireelite_host_t* host, ireelite_ref_t* ref);
  // One claim less; NULL is fine.
  void (*ref_release)(const ireelite_host_t* host, ireelite_ref_t* ref);
  // INVALID_ARGUMENT for a null reference.
  ireelite_status_t* (*ref_type)(const ireelite_host_t* host, ireelite_ref_t* ref,
                                 ireelite_type_t** out_type);
  // A reference to an object of the module's own, which belongs to the VM from now on. The object
  // stays the caller's if this fails.
  ireelite_status_t* (*object_create)(const ireelite_host_t* host, ireelite_type_t* type,
                                      void* object, ireelite_ref_t** out_ref);
  // The object behind a reference, as long as the reference is held. INVALID_ARGUMENT if it is
  // null or of another type than one that this module has registered.
  ireelite_status_t* (*object_get)(const ireelite_host_t* host, ireelite_ref_t* ref,
                                   const ireelite_type_t* type, void** out_object);

  // -- Output

  // Writes text where the host's standard output or error goes, a notebook's cell included, and
  // flushes it.
  ireelite_status_t* (*print)(const ireelite_host_t* host, int32_t stream,
                              ireelite_string_view_t text);
  // A value as the tools print it: "5xi8=0 1 2 3 4" for a buffer view, with "..." behind
  // `max_elements`. The text is given away: deallocate its data.
  ireelite_status_t* (*format)(const ireelite_host_t* host, ireelite_ref_t* ref,
                               size_t max_elements, ireelite_string_view_t* out_text);

  // -- vm.buffer

  // Zeroed bytes.
  ireelite_status_t* (*buffer_create)(const ireelite_host_t* host, size_t size,
                                      ireelite_ref_t** out_buffer);
  // The bytes themselves, as long as the reference is held. PERMISSION_DENIED for writing to a
  // constant.
  ireelite_status_t* (*buffer_bytes)(const ireelite_host_t* host, ireelite_ref_t* buffer,
                                     int32_t access, void** out_data, size_t* out_size);

  // -- vm.list

  // An empty list of `i32`, `f32`, `!vm.buffer`, ..., or of anything if `element_type` is empty.
  ireelite_status_t* (*list_create)(const ireelite_host_t* host,
                                    ireelite_string_view_t element_type,
                                    ireelite_ref_t** out_list);
  ireelite_status_t* (*list_size)(const ireelite_host_t* host, ireelite_ref_t* list,
                                  size_t* out_size);
  // New elements are zero or null.
  ireelite_status_t* (*list_resize)(const ireelite_host_t* host, ireelite_ref_t* list,
                                    size_t size);
  // `kind` is the letter of the value that is wanted: numbers are converted as the VM does. A
  // reference is a new one. OUT_OF_RANGE, FAILED_PRECONDITION.
  ireelite_status_t* (*list_get)(const ireelite_host_t* host, ireelite_ref_t* list, size_t index,
                                 char kind, ireelite_value_t* out_value);
  // References are retained by the list.
  ireelite_status_t* (*list_set)(const ireelite_host_t* host, ireelite_ref_t* list, size_t index,
                                 char kind, const ireelite_value_t* value);
  ireelite_status_t* (*list_push)(const ireelite_host_t* host, ireelite_ref_t* list, char kind,
                                  const ireelite_value_t* value);

  // -- hal.buffer and hal.buffer_view

  // A buffer of `size` bytes, copied from `data` or zero if that is NULL, in the memory of `like`:
  // a hal.device, hal.allocator, hal.buffer or hal.buffer_view; the host's memory if that is NULL.
  ireelite_status_t* (*hal_buffer_create)(const ireelite_host_t* host, ireelite_ref_t* like,
                                          const void* data, size_t size,
                                          ireelite_ref_t** out_buffer);
  // Copies bytes out of a buffer, or of the buffer of a view. What has been queued for it must be
  // over: wait for the fence. OUT_OF_RANGE.
  ireelite_status_t* (*hal_buffer_read)(const ireelite_host_t* host, ireelite_ref_t* buffer,
                                        size_t offset, size_t length, void* out_data);
  // Copies bytes into a buffer, or into the buffer of a view. OUT_OF_RANGE, PERMISSION_DENIED.
  ireelite_status_t* (*hal_buffer_write)(const ireelite_host_t* host, ireelite_ref_t* buffer,
                                         size_t offset, size_t length, const void* data);
  // Makes all bytes of a buffer, or of the buffer of a view, accessible: its own memory where the
  // host reaches that, else a copy, which `unmap` writes back if `access` has WRITE. Set
  // `struct_size` before. The mapping keeps the buffer.
  ireelite_status_t* (*hal_buffer_map)(const ireelite_host_t* host, ireelite_ref_t* buffer,
                                       int32_t access, ireelite_mapping_t* out_mapping);
  ireelite_status_t* (*hal_buffer_unmap)(const ireelite_host_t* host,
                                         ireelite_mapping_t* mapping);
  // A view of a whole buffer; of `info`, its element type, encoding, rank and shape. Set
  // `struct_size` before. INVALID_ARGUMENT if shape and type do not fit the buffer.
  ireelite_status_t* (*buffer_view_create)(const ireelite_host_t* host, ireelite_ref_t* buffer,
                                           const ireelite_buffer_view_info_t* info,
                                           ireelite_ref_t** out_view);
  // Shape and element type. Set `struct_size`, `shape` and `shape_capacity` before. OUT_OF_RANGE
  // if there is no room for all of `rank`, which is set all the same.
  ireelite_status_t* (*buffer_view_info)(const ireelite_host_t* host, ireelite_ref_t* view,
                                         ireelite_buffer_view_info_t* out_info);
  ireelite_status_t* (*buffer_view_buffer)(const ireelite_host_t* host, ireelite_ref_t* view,
                                           ireelite_ref_t** out_buffer);

  // -- hal.fence. A null fence is reached, and signalling it does nothing.

  // A fence on a timeline of its own.
  ireelite_status_t* (*fence_create)(const ireelite_host_t* host, ireelite_ref_t** out_fence);
  // OK, DEFERRED while it is not reached, or the code it has failed with.
  ireelite_status_t* (*fence_query)(const ireelite_host_t* host, ireelite_ref_t* fence,
                                    int32_t* out_code);
  // Blocks until it is reached, for ever if `timeout_ns` is negative. DEADLINE_EXCEEDED, or what
  // the fence has failed with.
  ireelite_status_t* (*fence_wait)(const ireelite_host_t* host, ireelite_ref_t* fence,
                                   int64_t timeout_ns);
  ireelite_status_t* (*fence_signal)(const ireelite_host_t* host, ireelite_ref_t* fence);
  // Fails the fence with a status, which is given away.
  ireelite_status_t* (*fence_fail)(const ireelite_host_t* host, ireelite_ref_t* fence,
                                   ireelite_status_t* status);
  // Has `callback` called once, when the fence is reached or fails: before this returns if that has
  // happened, else in the thread that signals, or in the one that collects the fence as garbage once
  // that thread has left the library. No thread waits for it, and the library stays loaded until
  // then or until the interpreter exits. `callback` is not called if this fails. Since 1.1.
  ireelite_status_t* (*fence_notify)(const ireelite_host_t* host, ireelite_ref_t* fence,
                                     ireelite_fence_callback_t callback, void* context);
};

// Whether a struct that came from the other side has a member.
#define IREELITE_HAS(pointer, type, member) \
  ((pointer)->struct_size >= offsetof(type, member) + sizeof((pointer)->member))

//===----------------------------------------------------------------------===//
// Conveniences, compiled into the library
//===----------------------------------------------------------------------===//

// A string view of a string that ends in NUL; empty for NULL.
static inline ireelite_string_view_t ireelite_string(const char* text) {
  ireelite_string_view_t view;
  view.data = text;
  view.size = text ? strlen(text) : 0;
  return view;
}

// A string view of a literal, for tables.
#define IREELITE_STRING(literal) {literal, sizeof(literal) - 1}

static inline int ireelite_string_equal(ireelite_string_view_t a, ireelite_string_view_t b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

// The last parameter of a key, or `otherwise`.
static inline ireelite_string_view_t ireelite_param(size_t count,
                                                    const ireelite_string_pair_t* params,
                                                    const char* key, const char* otherwise) {
  ireelite_string_view_t wanted = ireelite_string(key);
  while (count-- > 0) {
    if (ireelite_string_equal(params[count].key, wanted)) return params[count].value;
  }
  return ireelite_string(otherwise);
}

// A status with a printf-like message of up to 1023 bytes.
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static inline ireelite_status_t* ireelite_make_status(const ireelite_host_t* host, int32_t code,
                                                      const char* format, ...) {
  char text[1024];
  ireelite_string_view_t message;
  va_list arguments;
  int length;
  va_start(arguments, format);
  length = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  message.data = text;
  message.size = length < 0 ? 0 : (size_t)length;
  if (message.size > sizeof(text) - 1) message.size = sizeof(text) - 1;
  return host->status_make(host, code, message);
}

// Refuses a host that is older than the interface the library was compiled for.
//
// Version 0 is that of another interface: IREE's own runtime calls functions of these names too, and
// `host` is no host then. There, a status that is no more than a code is the code as a pointer.
static inline ireelite_status_t* ireelite_check_version(const ireelite_host_t* host,
                                                        uint32_t max_version) {
  if (max_version >= IREELITE_ABI_VERSION) return NULL;
  if (max_version >> 16 == 0) return (ireelite_status_t*)(uintptr_t)IREELITE_STATUS_UNIMPLEMENTED;
  return ireelite_make_status(
      host, IREELITE_STATUS_UNIMPLEMENTED,
      "the runtime has version %u.%u of the dynamic module interface; the module needs %u.%u",
      (unsigned)(max_version >> 16), (unsigned)(max_version & 0xFFFF),
      (unsigned)(IREELITE_ABI_VERSION >> 16), (unsigned)(IREELITE_ABI_VERSION & 0xFFFF));
}

#define IREELITE_RETURN_IF_ERROR(expression)                        \
  do {                                                              \
    ireelite_status_t* ireelite_returned_status = (expression);     \
    if (ireelite_returned_status) return ireelite_returned_status;  \
  } while (0)

#if defined(__cplusplus)
}  // extern "C"
#endif

#endif  // IREELITE_DYNAMIC_MODULE_H_
