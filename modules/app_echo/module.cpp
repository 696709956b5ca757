// app_echo: the dialplan's call:echo(). A verb and a class that owns its registration: the smallest module, made to be copied. Switch
// thread.
#include "tandem/module.h"

#include <fmt/format.h>

namespace tandem {
namespace {

/// The verb while it is under way. The echo itself is the core's work; this only stands for it until the call ends, so there is nothing to
/// stop.
class Echo final : public Operation {};

/// Starts the verb for one call. It never calls `done` once the echo runs: the script goes no further, the call ends it by hanging up.
std::unique_ptr<Operation> start_echo(Call& call, const Value& /*args*/, VerbDone done) {
  if (auto echoing = call.echo(); !echoing) {  // answers the call first, if nobody has
    done(echoing.error());
    return nullptr;
  }
  call.explain("echo test: the caller hears itself until it hangs up");
  return std::make_unique<Echo>();
}

std::pair<std::string, Value> describe_echo(Call& /*call*/, const Value& /*args*/) {
  return {"answer, then send the caller its own sound back until it hangs up", Value()};
}

class EchoModule final : public Module {
 public:
  explicit EchoModule(Host& host) : host_(host) {}

  Result<void> start() override {
    auto added = host_.add_verb({
        .name = "echo",
        .signature = "echo()",
        .help = "Answers the caller and sends its own sound back until it hangs up. Nothing after it in the extension is run.",
        .start = start_echo,
        .dry_run = describe_echo,
        .example = "call:echo()",
    });
    if (!added) return added.error();
    verb_ = std::move(*added);
    return {};
  }

  // The core keeps count of scripts that are inside our verb: unloading its code under them would be the end of the process.
  std::string in_use() override {
    const size_t calls = host_.uses_of_verb("echo");
    if (calls == 0) return "";
    return calls == 1 ? "1 call is in the echo test" : fmt::format("{} calls are in the echo test", calls);
  }

 private:
  Host& host_;
  Registration verb_;  // undone when the object goes
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("app_echo", "The echo test: call:echo()", "", tandem::EchoModule);
;
