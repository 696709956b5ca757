// ConsoleConnection: one admin at the console socket. Reads requests, one at a time, and writes what there is to say. Switch thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/command_table.h"
#include "media/descriptor.h"
#include "tandem/loop.h"

namespace tandem {

class ConsoleConnection final : public std::enable_shared_from_this<ConsoleConnection> {
 public:
  static constexpr size_t kLongestLine = 64 * 1024;       ///< bytes of one request
  static constexpr size_t kMostOutput = 4 * 1024 * 1024;  ///< bytes of one reply
  static constexpr size_t kMostUnread = 1024 * 1024;      ///< bytes that a follower may lag behind
  static constexpr std::chrono::seconds kPatience{60};    ///< for a request to come, for a verb to answer, for a reply to be taken

  static constexpr size_t kMostWatched = 256;  ///< verbs of one session whose lines are printed

  struct Owner {
    std::function<void()> gone;              ///< called once, when the connection has ended for whatever reason; it destroys the connection
    std::function<void()> watching_changed;  ///< follows() may answer otherwise
  };
  ConsoleConnection(Loop& loop, CommandTable& commands, Descriptor socket, Owner owner);

  /// Begins to listen. Apart from the constructor because it needs shared_from_this().
  void start();

  /// True while it follows a verb that begins with the words of `topic`.
  bool follows(std::string_view topic) const;
  /// Queues a published line. False: it does not read, and has been ended.
  void send_line(std::string_view line);

 private:
  void ready(uint32_t events);
  void read_input();
  void take_next();
  void take_request(const std::string& line);
  void complete(const std::string& line);
  void follow(const std::string& verb, bool session);
  void reply(uint64_t request, const Result<Json>& result);
  void send(const Json& message);
  void flush();
  void watch();
  void out_of_patience();
  void end(std::string_view why);

  Loop& loop_;
  CommandTable& commands_;
  Descriptor socket_;
  Owner owner_;
  Registration watch_;
  uint32_t watched_events_ = 0;
  Timer patience_;

  std::string input_;
  std::string output_;
  bool input_ended_ = false;

  uint64_t request_ = 0;  // counts requests, so that an answer that comes too late finds nobody
  bool busy_ = false;     // a verb owes an answer
  bool json_ = false;
  bool session_ = false;  // goes on printing what earlier requests asked for
  std::string verb_;      // what the request said
  std::vector<std::string> followed_;
};

}  // namespace tandem
