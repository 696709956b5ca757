// RouteTable: which route serves a request. A value that the switch thread makes and the HTTP threads only read.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/http_server.h"

namespace tandem {

/// "/api/v1/devices/{device}" in parts.
struct PathPart {
  enum class Kind { fixed, name, rest };
  Kind kind = Kind::fixed;
  std::string text;  ///< of a fixed part, or the name
  friend bool operator==(const PathPart&, const PathPart&) = default;
};
Result<std::vector<PathPart>> read_pattern(std::string_view pattern);

/// What an HTTP thread needs to know of a route; its handler stays on the switch thread.
struct RouteEntry {
  uint64_t id = 0;
  std::string listener, method, pattern;
  std::vector<PathPart> parts;
  std::string right;
  size_t most_body = 0;
  bool log_query = false;
};

struct RouteMatch {
  const RouteEntry* route = nullptr;  ///< null: 404, or 405 when `allow` has methods
  http::Fields captured;
  std::string allow;  ///< "GET, HEAD, POST": of all routes that fit the path
};

class RouteTable {
 public:
  explicit RouteTable(std::vector<RouteEntry> entries) : entries_(std::move(entries)) {}
  /// The fitting route whose first differing part is fixed, or else a name.
  RouteMatch match(std::string_view listener, std::string_view method, std::string_view path) const;
  const std::vector<RouteEntry>& entries() const { return entries_; }

 private:
  std::vector<RouteEntry> entries_;
};

/// Where the HTTP threads find the table that is in force. Any thread.
class RouteBoard {
 public:
  std::shared_ptr<const RouteTable> table() const {
    const std::lock_guard lock(mutex_);
    return table_;
  }
  void put(std::shared_ptr<const RouteTable> table) {
    const std::lock_guard lock(mutex_);
    table_ = std::move(table);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RouteTable> table_ = std::make_shared<RouteTable>(std::vector<RouteEntry>());
};

}  // namespace tandem
