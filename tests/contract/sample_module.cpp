// A module that does what its definitions say: registers a verb and a console command, fails, or throws. See CMakeLists.txt.
#include <stdexcept>

#include "tandem/module.h"

#ifndef SAMPLE_CALLS_ITSELF
#define SAMPLE_CALLS_ITSELF SAMPLE_NAME
#endif
#ifndef SAMPLE_SAYS
#define SAMPLE_SAYS SAMPLE_NAME
#endif

namespace {

using namespace tandem;

class SampleModule final : public Module {
 public:
  explicit SampleModule(Host& host) : host_(host) {
#ifdef SAMPLE_CREATE_THROWS
    throw std::runtime_error("no such luck");
#endif
  }

  Result<void> start() override {
    // Left in the loop on purpose: whatever is posted must find its code still there when it runs, also after an unload.
    if (!host_.loop().post([text = std::string(SAMPLE_SAYS)] { (void)text; }, Share::existing))
      return Error{ErrorCode::exhausted, "no room"};
    auto command = host_.console().add(
        {SAMPLE_NAME, "", "Says which build it is.", [](const auto&, ConsoleReply reply) { reply(Json(SAMPLE_SAYS)); }});
    if (!command) return command.error();
    command_ = std::move(*command);
    auto verb = host_.add_verb({SAMPLE_NAME, SAMPLE_NAME "()", "Nothing.", nullptr, nullptr});
    if (!verb) return verb.error();
    verb_ = std::move(*verb);
    listener_ = host_.add_listener(SAMPLE_NAME, *SocketAddress::from("127.0.0.1", 7));
#ifdef SAMPLE_START_THROWS
    throw std::runtime_error("not today");
#endif
#ifdef SAMPLE_START_FAILS
    return Error{ErrorCode::io, "the port is taken"};
#endif
    return {};
  }

  Result<ReloadPlan> reload() override { return Error{ErrorCode::invalid, "sample.ini:3: nonsense"}; }
  void stop() override {
    const bool posted = host_.loop().post([text = std::string(SAMPLE_SAYS)] { (void)text; }, Share::existing);
    (void)posted;
  }

 private:
  Host& host_;
  Registration command_;
  Registration verb_;
  Registration listener_;
};

}  // namespace

extern "C" __attribute__((visibility("default")))
const ModuleInfo tandem_module{kModuleAbi,
                               kBuildId,
                               SAMPLE_CALLS_ITSELF,
                               TANDEM_VERSION,
                               "A sample for the contract tests",
                               SAMPLE_REQUIRES,
                               [](Host& host) -> std::unique_ptr<Module> { return std::make_unique<SampleModule>(host); },
                               module_check<SampleModule>()};
