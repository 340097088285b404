/* A VM module in C++, built into a shared library and loaded while the runtime runs.

   It adds a reference type, `!custom.string`, and three functions:

       custom.string.from_tensor(tensor<?xi8>) -> !custom.string   a tensor as the tools print it
       custom.string.print(!custom.string)                         prints it
       custom.error()                                              fails

   `example.mlir` uses them. Build the library, compile the program, run both:

       c++ -std=c++17 -shared -fPIC -fno-gnu-unique \
           -I"$(python -c 'import ireelite; print(ireelite.get_include())')" \
           custom_module.cc -o custom_module.so
       ireelite-compile --iree-hal-target-backends=vmvx example.mlir -o example.vmfb
       ireelite-run-module --module=custom_module.so@create_custom_module \
           --module=example.vmfb --function=main

   which prints

       EXEC @main
       CREATE 5xi8=0 1 2 3 4
       PRINT 5xi8=0 1 2 3 4

   The module takes two parameters, behind a question mark: `?prefix=string:&elements=2` has
   `string:` printed at the beginning of each line, and keeps less of a tensor. A command line loses
   the blanks at the end of the last parameter; in Python none are lost:

       library = ireelite.modules.dynamic.build.build_dynamic_module("custom_module.cc")
       custom = ireelite.modules.dynamic.load_dynamic_module(
           library, "create_custom_module", {"prefix": "> "})

   `custom_module.py` is the same module in Python. */

#include <ireelite/dynamic_module.hpp>

#include <string>
#include <utility>

namespace {

// What a `!custom.string` is. It could be anything; the VM only counts who refers to it.
struct String {
  std::string value;
};

struct Options {
  std::string prefix;
  size_t elements;
};

// The module in one context. Its methods are the module's functions.
class Custom {
 public:
  Custom(const ireelite::Runtime& runtime, Options options)
      : runtime_(runtime), options_(std::move(options)) {}

  ireelite::Ref string_from_tensor(const ireelite::BufferView& tensor) {
    std::string text = tensor.format(options_.elements);
    runtime_.print(options_.prefix + "CREATE " + text + "\n");
    return ireelite::make<String>(runtime_, String{text});
  }

  void string_print(const String* string) {
    if (string) runtime_.print(options_.prefix + "PRINT " + string->value + "\n");
  }

  void error() { throw ireelite::Error(IREELITE_STATUS_UNKNOWN, "Forced failure"); }

 private:
  const ireelite::Runtime& runtime_;
  Options options_;
};

std::string text_of(ireelite_string_view_t view) { return std::string(view.data, view.size); }

size_t count_of(ireelite_string_view_t view) {
  std::string text = text_of(view);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
    throw ireelite::Error(IREELITE_STATUS_INVALID_ARGUMENT,
                          "elements='" + text + "' is not a number");
  }
  return std::stoul(text);
}

}  // namespace

IREELITE_DYNAMIC_MODULE_ABI();

IREELITE_EXPORT ireelite_status_t* create_custom_module(
    uint32_t max_version, const ireelite_host_t* host, size_t param_count,
    const ireelite_string_pair_t* params, ireelite_module_t** out_module) {
  return ireelite::create<Custom>(
      max_version, host, out_module, "custom", /*version=*/0,
      [&](ireelite::Module<Custom>& module) {
        ireelite::Runtime& runtime = module.runtime();
        runtime.register_type<String>("custom.string");
        for (size_t i = 0; i < param_count; ++i) {
          std::string key = text_of(params[i].key);
          if (key == "prefix" || key == "elements") continue;
          throw ireelite::Error(IREELITE_STATUS_INVALID_ARGUMENT,
                                "`create_custom_module` has no parameter '" + key +
                                    "'; known names: elements, prefix");
        }
        Options options = {text_of(ireelite_param(param_count, params, "prefix", "")),
                           count_of(ireelite_param(param_count, params, "elements", "128"))};
        module.make_state = [&runtime, options] {
          return std::make_unique<Custom>(runtime, options);
        };
        module.def("string.from_tensor", &Custom::string_from_tensor)
            .def("string.print", &Custom::string_print)
            .def("error", &Custom::error);
      });
}
