// Dynamic modules in C++17: a thin layer on top of `dynamic_module.h`, all of it in this header.
//
// A module is a class, one object of it a context, whose methods are the module's functions:
//
//     class Counter {
//      public:
//       int64_t add(int64_t amount) { return count_ += amount; }
//
//      private:
//       int64_t count_ = 0;
//     };
//
//     IREELITE_DYNAMIC_MODULE_ABI();
//
//     IREELITE_EXPORT ireelite_status_t* iree_vm_dynamic_module_create(
//         uint32_t max_version, const ireelite_host_t* host, size_t param_count,
//         const ireelite_string_pair_t* params, ireelite_module_t** out_module) {
//       return ireelite::create<Counter>(
//           max_version, host, out_module, "counter", /*version=*/0,
//           [&](ireelite::Module<Counter>& module) { module.def("add", &Counter::add); });
//     }
//
// Calling conventions follow from the methods' types:
//
//     int32_t i · int64_t I · float f · double F · Ref, BufferView, Buffer, Fence: r
//     T& or T*, of a type that the module has registered: r (a T& is never null)
//     std::vector<X>, std::vector<std::tuple<X, Y>>: a span (arguments only)
//     void, or std::tuple<X, Y> for several results
//
// Methods throw `Error`; whatever else they throw becomes a status as well. A class that can be
// copied can be forked.

#ifndef IREELITE_DYNAMIC_MODULE_HPP_
#define IREELITE_DYNAMIC_MODULE_HPP_

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ireelite/dynamic_module.h"

namespace ireelite {

inline ireelite_string_view_t view(std::string_view text) { return {text.data(), text.size()}; }

// A failure with one of IREE's status codes.
class Error : public std::exception {
 public:
  Error(int32_t code, std::string message) : code_(code), message_(std::move(message)) {}
  int32_t code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int32_t code_;
  std::string message_;
};

// A status of the host's on its way through C++. It stays what it is if nobody catches it.
class HostError : public Error {
 public:
  HostError(const ireelite_host_t* host, ireelite_status_t* status)
      : Error(host->status_code(host, status), message(host, status)),
        status_(std::make_shared<Owned>(host, status)) {}

  ireelite_status_t* give_away() const { return std::exchange(status_->status, nullptr); }

 private:
  struct Owned {
    Owned(const ireelite_host_t* host, ireelite_status_t* status) : host(host), status(status) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { host->status_free(host, status); }
    const ireelite_host_t* host;
    ireelite_status_t* status;
  };
  static std::string message(const ireelite_host_t* host, ireelite_status_t* status) {
    ireelite_string_view_t text;
    host->status_message(host, status, &text);
    return std::string(text.data, text.size);
  }
  std::shared_ptr<Owned> status_;  // exceptions are copied
};

// The host, and the types that the module has registered with it.
class Runtime {
 public:
  explicit Runtime(const ireelite_host_t* host) : host_(host) {}

  const ireelite_host_t* host() const { return host_; }

  // Throws unless the status is OK.
  void check(ireelite_status_t* status) const {
    if (status) throw HostError(host_, status);
  }

  // Prints where the host prints, a notebook's cell included.
  void print(std::string_view text) const {
    check(host_->print(host_, IREELITE_STREAM_OUT, view(text)));
  }

  // Makes a class of C++ a reference type, as "custom.string". Objects are deleted by the VM.
  template <class T>
  void register_type(const char* name) {
    ireelite_type_descriptor_t descriptor = {};
    descriptor.struct_size = sizeof(descriptor);
    descriptor.name = ireelite_string(name);
    descriptor.destroy = [](void*, void* object) { delete static_cast<T*>(object); };
    ireelite_type_t* type = nullptr;
    check(host_->type_register(host_, &descriptor, &type));
    types_[std::type_index(typeid(T))] = type;
  }

  // The ticket of a registered class.
  template <class T>
  ireelite_type_t* type() const {
    auto found = types_.find(std::type_index(typeid(T)));
    if (found == types_.end()) {
      throw Error(IREELITE_STATUS_INTERNAL, "the class of an object is not registered");
    }
    return found->second;
  }

 private:
  const ireelite_host_t* host_;
  std::unordered_map<std::type_index, ireelite_type_t*> types_;
};

// A claim on an object of the VM, or null.
class Ref {
 public:
  Ref() = default;
  Ref(const Runtime& runtime, ireelite_ref_t* owned) : runtime_(&runtime), ref_(owned) {}
  Ref(const Ref& other) : runtime_(other.runtime_), ref_(other.ref_) {
    if (ref_) host()->ref_retain(host(), ref_);
  }
  Ref(Ref&& other) noexcept : runtime_(other.runtime_), ref_(other.give_away()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(runtime_, other.runtime_);
    std::swap(ref_, other.ref_);
    return *this;
  }
  ~Ref() {
    if (ref_) host()->ref_release(host(), ref_);
  }

  // A claim beside the one of somebody else.
  static Ref retained(const Runtime& runtime, ireelite_ref_t* borrowed) {
    if (borrowed) runtime.host()->ref_retain(runtime.host(), borrowed);
    return Ref(runtime, borrowed);
  }

  explicit operator bool() const { return ref_ != nullptr; }
  ireelite_ref_t* get() const { return ref_; }
  ireelite_ref_t* give_away() { return std::exchange(ref_, nullptr); }

  // Throws unless it is null or an object of the type that the class stands for.
  void check_type() const {}

  // The object as the tools print it.
  std::string format(size_t max_elements = 1024) const {
    if (!ref_) return "(null)";
    ireelite_string_view_t text = {};
    runtime_->check(host()->format(host(), ref_, max_elements, &text));
    std::string copy(text.data, text.size);
    host()->deallocate(host(), const_cast<char*>(text.data));
    return copy;
  }

 protected:
  const ireelite_host_t* host() const { return runtime_->host(); }
  const Runtime* runtime_ = nullptr;
  ireelite_ref_t* ref_ = nullptr;
};

// A new object of a class that the module has registered.
template <class T, class... Arguments>
Ref make(const Runtime& runtime, Arguments&&... arguments) {
  auto object = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  ireelite_ref_t* ref = nullptr;
  runtime.check(
      runtime.host()->object_create(runtime.host(), runtime.type<T>(), object.get(), &ref));
  object.release();
  return Ref(runtime, ref);
}

// A `vm.buffer`: bytes, and what programs have for text.
class Buffer : public Ref {
 public:
  using Ref::Ref;
  explicit Buffer(Ref ref) : Ref(std::move(ref)) {}

  static Buffer create(const Runtime& runtime, std::string_view bytes) {
    ireelite_ref_t* ref = nullptr;
    runtime.check(runtime.host()->buffer_create(runtime.host(), bytes.size(), &ref));
    Buffer buffer(runtime, ref);
    if (!bytes.empty()) memcpy(buffer.writable(), bytes.data(), bytes.size());
    return buffer;
  }

  void check_type() const {
    if (ref_) locate(IREELITE_ACCESS_READ);
  }

  // The bytes, as long as this claim is held.
  std::string_view bytes() const { return locate(IREELITE_ACCESS_READ); }
  // The same to be changed; throws PERMISSION_DENIED for a constant.
  char* writable() const { return const_cast<char*>(locate(IREELITE_ACCESS_WRITE).data()); }

 private:
  std::string_view locate(int32_t access) const {
    if (!ref_) throw Error(IREELITE_STATUS_INVALID_ARGUMENT, "ref is null");
    void* data = nullptr;
    size_t size = 0;
    runtime_->check(host()->buffer_bytes(host(), ref_, access, &data, &size));
    return {static_cast<const char*>(data), size};
  }
};

// A `hal.fence`. A null one is reached.
class Fence : public Ref {
 public:
  using Ref::Ref;
  explicit Fence(Ref ref) : Ref(std::move(ref)) {}

  static Fence create(const Runtime& runtime) {
    ireelite_ref_t* ref = nullptr;
    runtime.check(runtime.host()->fence_create(runtime.host(), &ref));
    return Fence(runtime, ref);
  }

  void check_type() const { query(); }

  // Throws what it has failed with.
  bool reached() const {
    int32_t code = query();
    if (code != IREELITE_STATUS_OK && code != IREELITE_STATUS_DEFERRED) wait();
    return code == IREELITE_STATUS_OK;
  }
  // Blocks; throws DEADLINE_EXCEEDED, or what it has failed with.
  void wait(int64_t timeout_ns = -1) const {
    if (ref_) runtime_->check(host()->fence_wait(host(), ref_, timeout_ns));
  }
  // Calls `callback` once, with nullptr when it is reached, or with what it has failed with: now if
  // that has happened, else in the thread that signals, which must not be blocked. What `callback`
  // throws ends the process.
  void when_reached(std::function<void(const Error*)> callback) const {
    if (!ref_) return callback(nullptr);
    struct Notified {
      const ireelite_host_t* host;
      std::function<void(const Error*)> callback;
    };
    auto notified = std::make_unique<Notified>(Notified{host(), std::move(callback)});
    runtime_->check(host()->fence_notify(
        host(), ref_,
        [](void* context, ireelite_status_t* status) noexcept {
          std::unique_ptr<Notified> notified(static_cast<Notified*>(context));
          if (!status) return notified->callback(nullptr);
          HostError error(notified->host, status);
          notified->callback(&error);
        },
        notified.get()));
    notified.release();
  }
  void signal() const {
    if (ref_) runtime_->check(host()->fence_signal(host(), ref_));
  }
  void fail(const Error& error) const {
    if (!ref_) return;
    runtime_->check(host()->fence_fail(
        host(), ref_, host()->status_make(host(), error.code(), ireelite_string(error.what()))));
  }

 private:
  int32_t query() const {
    int32_t code = IREELITE_STATUS_OK;
    if (ref_) runtime_->check(host()->fence_query(host(), ref_, &code));
    return code;
  }
};

// A `hal.buffer_view`: what programs have for tensors.
class BufferView : public Ref {
 public:
  using Ref::Ref;
  explicit BufferView(Ref ref) : Ref(std::move(ref)) {}

  // A tensor with a copy of some bytes, in the memory of `like` or in the host's.
  static BufferView create(const Runtime& runtime, int32_t element_type,
                           std::vector<int64_t> shape, const void* data, size_t size,
                           const Ref& like = Ref()) {
    const ireelite_host_t* host = runtime.host();
    ireelite_ref_t* memory = nullptr;
    runtime.check(host->hal_buffer_create(host, like.get(), data, size, &memory));
    Ref buffer(runtime, memory);
    ireelite_buffer_view_info_t info = {};
    info.struct_size = sizeof(info);
    info.element_type = element_type;
    info.encoding = 1;
    info.rank = shape.size();
    info.shape = shape.data();
    ireelite_ref_t* view = nullptr;
    runtime.check(host->buffer_view_create(host, buffer.get(), &info, &view));
    return BufferView(runtime, view);
  }

  void check_type() const {
    if (ref_) describe(nullptr);
  }

  int32_t element_type() const { return describe(nullptr).element_type; }
  size_t byte_length() const { return describe(nullptr).byte_length; }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> extents;
    describe(&extents);
    return extents;
  }
  // A copy of the bytes. What computes them must be over.
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> copy(byte_length());
    runtime_->check(host()->hal_buffer_read(host(), ref_, 0, copy.size(), copy.data()));
    return copy;
  }

 private:
  ireelite_buffer_view_info_t describe(std::vector<int64_t>* extents) const {
    if (!ref_) throw Error(IREELITE_STATUS_INVALID_ARGUMENT, "ref is null");
    std::vector<int64_t> room(8);
    for (;;) {
      ireelite_buffer_view_info_t info = {};
      info.struct_size = sizeof(info);
      info.shape = room.data();
      info.shape_capacity = room.size();
      ireelite_status_t* status = host()->buffer_view_info(host(), ref_, &info);
      if (status && info.rank > room.size()) {
        host()->status_free(host(), status);
        room.resize(info.rank);
        continue;
      }
      runtime_->check(status);
      room.resize(info.rank);
      if (extents) *extents = std::move(room);
      return info;
    }
  }
};

namespace detail {

// How a type of an argument is written in a calling convention and read from cells. `Held` is what
// lives during the call, and `pass` makes the argument of it.
template <class T, class = void>
struct Argument;

#define IREELITE_NUMBER(TYPE, LETTER, MEMBER)                                       \
  template <>                                                                       \
  struct Argument<TYPE> {                                                           \
    using Held = TYPE;                                                              \
    static std::string letters() { return LETTER; }                                 \
    static Held read(const Runtime&, const ireelite_value_t*& cell) {               \
      return (cell++)->MEMBER;                                                      \
    }                                                                               \
    static TYPE pass(Held& held) { return held; }                                   \
    static void write(ireelite_value_t& cell, TYPE value) { cell.MEMBER = value; }  \
  };
IREELITE_NUMBER(int32_t, "i", i32)
IREELITE_NUMBER(int64_t, "I", i64)
IREELITE_NUMBER(float, "f", f32)
IREELITE_NUMBER(double, "F", f64)
#undef IREELITE_NUMBER

template <class T>
struct Argument<T, std::enable_if_t<std::is_base_of_v<Ref, T>>> {
  using Held = T;
  static std::string letters() { return "r"; }
  static Held read(const Runtime& runtime, const ireelite_value_t*& cell) {
    T held(Ref::retained(runtime, (cell++)->ref));
    held.check_type();
    return held;
  }
  static T& pass(Held& held) { return held; }
  static void write(ireelite_value_t& cell, T value) { cell.ref = value.give_away(); }
};

template <class T>
struct Argument<T*> {
  using Held = T*;
  static std::string letters() { return "r"; }
  static Held read(const Runtime& runtime, const ireelite_value_t*& cell) {
    ireelite_ref_t* ref = (cell++)->ref;
    void* object = nullptr;
    if (ref) {
      const ireelite_host_t* host = runtime.host();
      runtime.check(host->object_get(host, ref, runtime.type<T>(), &object));
    }
    return static_cast<T*>(object);
  }
  static T* pass(Held& held) { return held; }
};

// Whether a class is one of the module's own types.
template <class T>
struct IsOwn : std::bool_constant<std::is_class_v<T> && !std::is_base_of_v<Ref, T>> {};
template <class... Members>
struct IsOwn<std::tuple<Members...>> : std::false_type {};
template <class Item>
struct IsOwn<std::vector<Item>> : std::false_type {};

template <class T>
struct Argument<T, std::enable_if_t<IsOwn<T>::value>>
    : Argument<T*> {
  static T* read(const Runtime& runtime, const ireelite_value_t*& cell) {
    T* object = Argument<T*>::read(runtime, cell);
    if (!object) throw Error(IREELITE_STATUS_INVALID_ARGUMENT, "ref is null");
    return object;
  }
  static T& pass(T*& held) { return *held; }
};

template <class... Members>
struct Argument<std::tuple<Members...>> {
  using Held = std::tuple<Members...>;
  static std::string letters() { return (std::string() + ... + Argument<Members>::letters()); }
  static Held read(const Runtime& runtime, const ireelite_value_t*& cell) {
    return Held{Argument<Members>::read(runtime, cell)...};
  }
};

template <class Item>
struct Argument<std::vector<Item>> {
  using Held = std::vector<Item>;
  static std::string letters() { return "C" + Argument<Item>::letters() + "D"; }
  static Held read(const Runtime& runtime, const ireelite_value_t*& cell) {
    Held items;
    for (uint64_t left = (cell++)->count; left > 0; --left) {
      items.push_back(Argument<Item>::read(runtime, cell));
    }
    return items;
  }
  static Held& pass(Held& held) { return held; }
};

template <class T>
struct Results {
  static std::string letters() { return Argument<T>::letters(); }
  static void write(ireelite_value_t* cells, T value) {
    Argument<T>::write(cells[0], std::move(value));
  }
};

template <class... Members>
struct Results<std::tuple<Members...>> {
  static std::string letters() { return (std::string() + ... + Argument<Members>::letters()); }
  static void write(ireelite_value_t* cells, std::tuple<Members...> values) {
    std::apply(
        [&](Members&... members) {
          (Argument<Members>::write(*cells++, std::move(members)), ...);
        },
        values);
  }
};

template <>
struct Results<void> {
  static std::string letters() { return "v"; }
};

template <class T>
using Bare = std::remove_cv_t<std::remove_reference_t<T>>;

// Runs code that throws; what it throws becomes a status.
template <class Code>
ireelite_status_t* guarded(const ireelite_host_t* host, Code code) noexcept {
  try {
    code();
    return nullptr;
  } catch (const HostError& error) {
    return error.give_away();
  } catch (const Error& error) {
    return host->status_make(host, error.code(), ireelite_string(error.what()));
  } catch (const std::bad_alloc&) {
    return host->status_make(host, IREELITE_STATUS_RESOURCE_EXHAUSTED,
                             ireelite_string("out of memory"));
  } catch (const std::exception& error) {
    return host->status_make(host, IREELITE_STATUS_UNKNOWN, ireelite_string(error.what()));
  } catch (...) {
    return host->status_make(host, IREELITE_STATUS_UNKNOWN,
                             ireelite_string("an exception of C++ that is no std::exception"));
  }
}

}  // namespace detail

// A module whose functions are the methods of `State`.
template <class State>
class Module {
 public:
  Module(const ireelite_host_t* host, const char* name, uint32_t version)
      : runtime_(host), name_(name) {
    table_ = {};
    table_.struct_size = sizeof(table_);
    table_.abi_version = IREELITE_ABI_VERSION;
    table_.version = version;
    table_.self = this;
    if constexpr (std::is_constructible_v<State, const Runtime&>) {
      make_state = [this] { return std::make_unique<State>(runtime_); };
    } else if constexpr (std::is_default_constructible_v<State>) {
      make_state = [] { return std::make_unique<State>(); };
    }
  }

  Runtime& runtime() { return runtime_; }

  // Makes the state of a context; from the runtime or from nothing, unless it is set.
  std::function<std::unique_ptr<State>()> make_state;

  // Exports a method.
  template <class Result, class... Arguments>
  Module& def(const char* name, Result (State::*method)(Arguments...)) {
    using detail::Argument;
    using detail::Bare;
    std::string letters = (std::string() + ... + Argument<Bare<Arguments>>::letters());
    std::string cconv =
        "0" + (letters.empty() ? "v" : letters) + "_" + detail::Results<Result>::letters();
    texts_.push_back(name);
    texts_.push_back(std::move(cconv));
    exports_.push_back({view(texts_[texts_.size() - 2]), view(texts_.back()), 0, nullptr});
    attributes_.emplace_back();
    calls_.push_back([this, method](State& state, const ireelite_call_t& call) {
      const ireelite_value_t* cell = call.arguments;
      std::tuple<typename Argument<Bare<Arguments>>::Held...> held{
          Argument<Bare<Arguments>>::read(runtime_, cell)...};
      (void)cell;
      auto invoke = [&](auto&... values) -> Result {
        return (state.*method)(Argument<Bare<Arguments>>::pass(values)...);
      };
      if constexpr (std::is_void_v<Result>) {
        std::apply(invoke, held);
      } else {
        detail::Results<Result>::write(call.results, std::apply(invoke, held));
      }
    });
    return *this;
  }

  // Says something of the function that was exported last. With "iree.abi.model" as
  // "coarse-fences" it takes two more arguments, a Fence to wait for and one to signal.
  Module& attribute(const char* key, const char* value) {
    texts_.push_back(key);
    texts_.push_back(value);
    attributes_.back().push_back({view(texts_[texts_.size() - 2]), view(texts_.back())});
    return *this;
  }

  // Declares a module that must be, or may be, in the context before this one.
  Module& depends_on(const char* name, uint32_t minimum_version = 0, bool optional = false) {
    texts_.push_back(name);
    uint32_t flags = optional ? IREELITE_DEPENDENCY_OPTIONAL : IREELITE_DEPENDENCY_REQUIRED;
    dependencies_.push_back({view(texts_.back()), minimum_version, flags});
    return *this;
  }

  // The module for the host, which will destroy it.
  static ireelite_module_t* release(std::unique_ptr<Module> module) {
    ireelite_module_t& table = module->table_;
    table.name = view(module->name_);
    table.dependency_count = module->dependencies_.size();
    table.dependencies = module->dependencies_.data();
    for (size_t i = 0; i < module->exports_.size(); ++i) {
      module->exports_[i].attribute_count = module->attributes_[i].size();
      module->exports_[i].attributes = module->attributes_[i].data();
    }
    table.export_count = module->exports_.size();
    table.exports = module->exports_.data();
    table.destroy = [](void* self) { delete static_cast<Module*>(self); };
    table.create_state = &Module::create_state;
    table.free_state = [](void*, void* state) { delete static_cast<State*>(state); };
    if constexpr (std::is_copy_constructible_v<State>) table.fork_state = &Module::fork_state;
    table.call = &Module::call;
    return &module.release()->table_;
  }

 private:
  static ireelite_status_t* create_state(void* self, void** out_state) {
    Module& module = *static_cast<Module*>(self);
    return detail::guarded(module.runtime_.host(),
                           [&] { *out_state = module.make_state().release(); });
  }

  static ireelite_status_t* fork_state(void* self, void* parent, void** out_state) {
    Module& module = *static_cast<Module*>(self);
    return detail::guarded(module.runtime_.host(),
                           [&] { *out_state = new State(*static_cast<State*>(parent)); });
  }

  static ireelite_status_t* call(void* self, void* state, size_t ordinal,
                                 const ireelite_call_t* call) {
    Module& module = *static_cast<Module*>(self);
    return detail::guarded(module.runtime_.host(), [&] {
      module.calls_.at(ordinal)(*static_cast<State*>(state), *call);
    });
  }

  Runtime runtime_;
  std::string name_;
  std::deque<std::string> texts_;  // never moved: the tables point into it
  std::vector<ireelite_dependency_t> dependencies_;
  std::vector<ireelite_export_t> exports_;
  std::vector<std::vector<ireelite_string_pair_t>> attributes_;  // of each export
  std::vector<std::function<void(State&, const ireelite_call_t&)>> calls_;
  ireelite_module_t table_;
};

// The body of the function that a library exports: checks the version, and makes a module that
// `define` fills, which may throw.
template <class State, class Define>
ireelite_status_t* create(uint32_t max_version, const ireelite_host_t* host,
                          ireelite_module_t** out_module, const char* name, uint32_t version,
                          Define define) noexcept {
  if (ireelite_status_t* status = ireelite_check_version(host, max_version)) return status;
  return detail::guarded(host, [&] {
    auto module = std::make_unique<Module<State>>(host, name, version);
    define(*module);
    *out_module = Module<State>::release(std::move(module));
  });
}

}  // namespace ireelite

#endif  // IREELITE_DYNAMIC_MODULE_HPP_
