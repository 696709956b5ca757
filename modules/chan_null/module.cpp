// chan_null: registers the NullDriver and one console verb that makes calls with it. Made to be copied for a driver. Switch thread.
#include "tandem/module.h"

#include <fmt/format.h>

#include "null_driver.h"

namespace tandem {
namespace {

class NullModule final : public Module {
 public:
  explicit NullModule(Host& host) : host_(host), driver_(host.loop(), host.channels()) {}

  Result<void> start() override {
    auto driver = host_.add_driver(driver_);
    if (!driver) return driver.error();
    auto command = host_.console().add({
        .words = "null call",
        .arguments = "CONTEXT NUMBER [FROM]",
        .help = "Lets a call without sound come in from nowhere, for trying a dialplan.",
        .run = [this](const std::vector<std::string>& args, ConsoleReply reply) { reply(call(args)); },
    });
    if (!command) return command.error();
    command_ = std::move(*command);
    registration_ = std::move(*driver);
    return {};
  }

  std::string in_use() override {
    const size_t legs = host_.legs_of(driver_.name());
    return legs == 0 ? "" : fmt::format("it has {} leg{}", legs, legs == 1 ? "" : "s");
  }

 private:
  Result<Json> call(const std::vector<std::string>& args) {
    if (args.size() < 2 || args.size() > 3) return Error{ErrorCode::invalid, "null call: name the context and the number to dial"};
    const auto channel = driver_.call(args[0], args.size() == 3 ? args[2] : "", args[1]);
    if (!channel) return channel.error();
    return Json{{"channel", *channel}};
  }

  Host& host_;
  NullDriver driver_;
  Registration command_;
  Registration registration_;  // last: undone first, while the driver still stands
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("chan_null", "A driver without a network: endpoints that answer, ring or are busy", "", tandem::NullModule);
;
