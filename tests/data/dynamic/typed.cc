// What the C++ layer makes of types: calling conventions, spans, several results, objects, tensors,
// exceptions.

#include <ireelite/dynamic_module.hpp>

#include <cctype>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace {

using ireelite::Buffer;
using ireelite::BufferView;
using ireelite::Error;
using ireelite::Fence;
using ireelite::Ref;

struct Point {
  double x, y;
};

class Typed {
 public:
  explicit Typed(const ireelite::Runtime& runtime) : runtime_(&runtime) {}
  Typed(const Typed& parent) : runtime_(parent.runtime_), count_(parent.count_) {}
  ~Typed() {
    if (worker_.joinable()) worker_.join();
  }

  void nothing() {}
  int64_t count(int64_t amount) { return count_ += amount; }
  std::tuple<double, float, int64_t, int32_t, Ref> reverse(Ref ref, int32_t i, int64_t j, float f,
                                                           const double& d) {
    return {d, f, j, i, std::move(ref)};
  }
  int64_t sum(const std::vector<int64_t>& numbers) {
    int64_t total = 0;
    for (int64_t number : numbers) total += number;
    return total;
  }
  std::tuple<Ref, int64_t> longest(std::vector<std::tuple<Ref, int64_t>> pairs) {
    std::tuple<Ref, int64_t> best;
    for (auto& pair : pairs) {
      if (std::get<1>(pair) > std::get<1>(best)) best = pair;
    }
    return best;
  }
  Ref point(double x, double y) { return ireelite::make<Point>(*runtime_, Point{x, y}); }
  double dot(const Point& a, Point& b) { return a.x * b.x + a.y * b.y; }
  int32_t is_null(const Point* point) { return point == nullptr; }
  BufferView ramp(int64_t rows, int64_t columns) {
    std::vector<float> values(rows * columns);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return BufferView::create(*runtime_, IREELITE_ELEMENT_TYPE_F32, {rows, columns},
                              values.data(), values.size() * sizeof(float));
  }
  std::tuple<int64_t, int32_t, int64_t> measure(const BufferView& view) {
    int64_t total = 0;
    for (uint8_t byte : view.bytes()) total += byte;
    return {static_cast<int64_t>(view.shape().size()), view.element_type(), total};
  }
  Buffer shout(const Buffer& text) {
    std::string copy(text.bytes());
    for (char& letter : copy) letter = static_cast<char>(std::toupper(letter));
    return Buffer::create(*runtime_, copy);
  }
  void blank(Buffer& text) {
    if (text.bytes().size()) memset(text.writable(), ' ', text.bytes().size());
  }
  // Doubles a number once `wait` is reached, in a thread.
  Ref later(const BufferView& number, const Fence& wait, const Fence& signal) {
    std::vector<uint8_t> bytes = number.bytes();
    BufferView result = BufferView::create(*runtime_, number.element_type(), number.shape(),
                                           bytes.data(), bytes.size(), number);
    if (worker_.joinable()) worker_.join();
    worker_ = std::thread([this, number, result, wait, signal]() mutable {
      try {
        wait.wait();
        int32_t value;
        memcpy(&value, number.bytes().data(), sizeof(value));
        if (value < 0) throw Error(IREELITE_STATUS_OUT_OF_RANGE, "a negative number");
        value *= 2;
        runtime_->check(runtime_->host()->hal_buffer_write(runtime_->host(), result.get(), 0,
                                                           sizeof(value), &value));
        signal.signal();
      } catch (const Error& error) {
        signal.fail(error);
      }
    });
    return result;
  }
  // Doubles numbers once `wait` is reached, in whatever thread signals that.
  Ref doubled(const BufferView& numbers, const Fence& wait, const Fence& signal) {
    std::vector<uint8_t> zeros(numbers.byte_length());
    BufferView result = BufferView::create(*runtime_, numbers.element_type(), numbers.shape(),
                                           zeros.data(), zeros.size(), numbers);
    wait.when_reached([runtime = runtime_, numbers, result, signal](const Error* error) {
      try {
        if (error) return signal.fail(*error);
        std::vector<uint8_t> bytes = numbers.bytes();
        std::vector<int32_t> values(bytes.size() / sizeof(int32_t));
        memcpy(values.data(), bytes.data(), bytes.size());
        for (int32_t& value : values) value *= 2;
        runtime->check(runtime->host()->hal_buffer_write(runtime->host(), result.get(), 0,
                                                         bytes.size(), values.data()));
        signal.signal();
      } catch (const Error& thrown) {
        signal.fail(thrown);
      }
    });
    return result;
  }
  int32_t reached(const Fence& fence) { return fence.reached(); }
  void fail(int32_t how) {
    switch (how) {
      case 0: throw Error(IREELITE_STATUS_DATA_LOSS, "an error");
      case 1: throw std::runtime_error("a runtime error");
      case 2: throw std::bad_alloc();
      case 3: throw 7;
      case 4: runtime_->type<int>(); break;
      case 5:
        try {
          runtime_->check(runtime_->host()->fence_signal(
              runtime_->host(), ireelite::make<Point>(*runtime_, Point{}).get()));
        } catch (const Error& error) {
          if (error.code() == IREELITE_STATUS_INVALID_ARGUMENT) throw;
        }
    }
  }

 private:
  const ireelite::Runtime* runtime_;
  int64_t count_ = 0;
  std::thread worker_;
};

struct Single {
  explicit Single(int) {}
  Single(const Single&) = delete;
  int32_t one() { return 1; }
};

}  // namespace

IREELITE_DYNAMIC_MODULE_ABI();

IREELITE_EXPORT ireelite_status_t* iree_vm_dynamic_module_create(
    uint32_t max_version, const ireelite_host_t* host, size_t, const ireelite_string_pair_t*,
    ireelite_module_t** out_module) {
  return ireelite::create<Typed>(
      max_version, host, out_module, "typed", 3, [](ireelite::Module<Typed>& module) {
        module.runtime().register_type<Point>("typed.point");
        module.depends_on("other", 2, /*optional=*/true)
            .def("nothing", &Typed::nothing)
            .def("count", &Typed::count)
            .def("reverse", &Typed::reverse)
            .def("sum", &Typed::sum)
            .def("longest", &Typed::longest)
            .def("point", &Typed::point)
            .def("dot", &Typed::dot)
            .def("is_null", &Typed::is_null)
            .def("ramp", &Typed::ramp)
            .def("measure", &Typed::measure)
            .def("shout", &Typed::shout)
            .def("blank", &Typed::blank)
            .def("later", &Typed::later)
            .attribute("iree.abi.model", "coarse-fences")
            .attribute("iree.abi.declaration",
                       "async func @later(%input0: tensor<i32>) -> (%output0: tensor<i32>)")
            .def("doubled", &Typed::doubled)
            .attribute("iree.abi.model", "coarse-fences")
            .attribute("iree.abi.declaration",
                       "async func @doubled(%input0: tensor<?xi32>) -> (%output0: tensor<?xi32>)")
            .def("reached", &Typed::reached)
            .def("fail", &Typed::fail);
      });
}

IREELITE_EXPORT ireelite_status_t* create_single(uint32_t max_version,
                                                 const ireelite_host_t* host, size_t,
                                                 const ireelite_string_pair_t*,
                                                 ireelite_module_t** out_module) {
  return ireelite::create<Single>(
      max_version, host, out_module, "single", 0, [](ireelite::Module<Single>& module) {
        module.make_state = [] { return std::make_unique<Single>(1); };
        module.def("one", &Single::one);
      });
}

IREELITE_EXPORT ireelite_status_t* create_failing(uint32_t max_version,
                                                  const ireelite_host_t* host, size_t,
                                                  const ireelite_string_pair_t*,
                                                  ireelite_module_t** out_module) {
  return ireelite::create<Typed>(
      max_version, host, out_module, "failing", 0, [](ireelite::Module<Typed>& module) {
        module.runtime().register_type<Point>("typed.point");
        throw std::logic_error("not today");
      });
}
