// res_history: people's calls over the JSON API.
#include "tandem/module.h"

#include "history_door.h"

namespace tandem {
namespace {

/// Switch thread.
class HistoryModule final : public Module {
 public:
  explicit HistoryModule(Host& host) : host_(host) {}

  Result<void> start() override {
    auto* const server = host_.find<HttpServer>();
    if (server == nullptr) return Error{ErrorCode::unavailable, "no web server runs"};
    door_ = std::make_unique<HistoryDoor>([this] { return host_.find<CallHistory>(); }, *server, host_.directory());
    auto opened = door_->open();
    if (!opened) return opened.error();
    route_ = std::move(*opened);
    return {};
  }

 private:
  Host& host_;
  std::unique_ptr<HistoryDoor> door_;
  Registration route_;  ///< undone first
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("res_history", "People's calls over the JSON API", "res_cdr res_http", tandem::HistoryModule);
