// ConsoleLink: the client's end of the console socket. The client's only thread.
#pragma once

#include <optional>
#include <string>

#include "media/descriptor.h"
#include "tandem/console.h"

namespace tandem {

class ConsoleLink {
 public:
  /// unavailable, with a hint when nobody serves `path`.
  static Result<ConsoleLink> open(const std::string& path);

  int descriptor() const { return socket_.get(); }
  /// How long receive() waits; zero: for ever.
  void set_patience(std::chrono::seconds patience);

  /// False when the server has gone.
  bool send(const Json& message);
  /// Reads once. False when the server has gone, nothing came in time, or a signal has interrupted.
  bool receive();
  /// The next whole message that has been received. A discarded value when it is no JSON object.
  std::optional<Json> take();

 private:
  explicit ConsoleLink(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
  std::string buffered_;
};

}  // namespace tandem
