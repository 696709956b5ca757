// WebExchange: one request between the listener's thread, which owns the connection, and whoever answers. Guarded by its mutex.
#pragma once

#include <microhttpd.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "connection_book.h"
#include "tandem/http_server.h"

namespace tandem {

/// Told what became of exchanges. Any thread.
class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  /// The client has gone, and somebody wants to know: `task` belongs on the switch thread.
  virtual void gone(Task task) = 0;
};

class WebExchange final : public http::Exchange, public std::enable_shared_from_this<WebExchange> {
 public:
  static constexpr size_t kMostWaiting = 256 * 1024;  ///< octets of a stream that the client has not taken yet

  /// What the listener's thread is to do.
  struct Waiting {};
  struct Streaming {
    http::Response head;
  };
  using Outcome = std::variant<Waiting, http::Response, http::File, Streaming>;

  WebExchange(ConnectionBook& book, WebConnection* line, MHD_Connection* connection, ExchangeObserver& observer);

  // Whoever answers.
  void answer(http::Response response) override { settle(Outcome(std::move(response))); }
  void answer(http::File file) override { settle(Outcome(std::move(file))); }
  void begin(http::Response head) override { settle(Outcome(Streaming{std::move(head)})); }
  bool write(std::string piece) override;
  void end() override;
  void when_gone(Task task) override;
  bool answered() const;
  bool streaming_events() const;
  bool over() const;

  // The listener's thread.
  /// The outcome, once; while there is none the connection is suspended, and the access handler called again later.
  Outcome take_or_suspend();
  /// Content of a stream, as libmicrohttpd asks for it: suspends while there is none.
  ssize_t read(char* into, size_t room);
  /// The connection belongs to the next request, or is gone. `complete`: the client has got all.
  void finish(bool complete);

 private:
  void settle(Outcome outcome);
  void wake();

  ConnectionBook& book_;
  ExchangeObserver& observer_;
  mutable std::mutex mutex_;
  WebConnection* line_;
  MHD_Connection* connection_;  ///< null: finished
  Outcome outcome_;
  bool answered_ = false;
  bool suspended_ = false;
  bool streaming_ = false, events_ = false;
  bool ended_ = false;
  bool cut_ = false;
  bool gone_ = false;
  std::deque<std::string> pieces_;
  size_t taken_ = 0;    ///< of the first piece
  size_t waiting_ = 0;  ///< octets
  Task when_gone_;
};

}  // namespace tandem
