// Report: what `--report FILE` says about a process that serves. Switch thread.
#pragma once

#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/console.h"

namespace tandem {

struct Listener {
  std::string name;  ///< "sip-udp"
  SocketAddress address;
};

/// [{"name", "address", "port"}]
Json listeners_json(const std::vector<Listener>& listeners);

/// Writes {"pid", "version", "listeners"} beside `path` and renames it into place, so that whoever sees the file sees all of it.
Result<void> write_report(const std::string& path, const std::vector<Listener>& listeners);

}  // namespace tandem
