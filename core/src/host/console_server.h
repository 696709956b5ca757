// ConsoleServer: the console's UNIX socket. One JSON object a line each way. A request is {"line", "json", "follow", "session"}; its answer
// {"out", "code"}. Published lines come as {"out"} alone: with "follow" for this verb until the next request, with "session" for every verb
// that has been given. {"line", "complete": true} asks what the last word of `line` may be: {"candidates"}. Whoever sends garbage, too
// much, or does not read, is dropped. Switch thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "host/command_table.h"
#include "host/console_connection.h"
#include "media/descriptor.h"
#include "tandem/console.h"
#include "tandem/loop.h"

namespace tandem {

class ConsoleServer final : public Console {
 public:
  static constexpr size_t kMostConnections = 16;

  explicit ConsoleServer(Loop& loop) : loop_(loop), pause_(loop) {}
  ~ConsoleServer() override;

  /// Serves `path` with mode 0600. A socket that a killed process left there is replaced: whoever calls must hold the state folder's lock.
  /// io with the system's sentence.
  Result<void> listen(const std::string& path);

  Result<Registration> add(ConsoleCommand command) override { return commands_.add(std::move(command)); }
  void publish(std::string_view topic, std::string_view line) override;
  bool watched(std::string_view topic) const override;

  /// `changed` is called whenever watched() may answer otherwise.
  void on_watchers_changed(std::function<void()> changed) { watchers_changed_ = std::move(changed); }

  CommandTable& commands() { return commands_; }
  size_t connections() const { return connections_.size(); }

 private:
  void watch();
  void accept_one();
  void tell_watchers_changed();

  Loop& loop_;
  CommandTable commands_;
  std::string path_;
  Descriptor listener_;
  Registration watch_;
  Timer pause_;
  uint64_t next_ = 1;
  std::function<void()> watchers_changed_;
  std::map<uint64_t, std::shared_ptr<ConsoleConnection>> connections_;
};

}  // namespace tandem
