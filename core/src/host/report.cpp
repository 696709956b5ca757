#include "host/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "version.h"

namespace tandem {

Json listeners_json(const std::vector<Listener>& listeners) {
  Json rows = Json::array();
  for (const auto& [name, address] : listeners) rows.push_back({{"name", name}, {"address", address.host()}, {"port", address.port()}});
  return rows;
}

Result<void> write_report(const std::string& path, const std::vector<Listener>& listeners) {
  const std::string temporary = fmt::format("{}.{}", path, ::getpid());
  const Json report{{"pid", ::getpid()}, {"version", host_version()}, {"listeners", listeners_json(listeners)}};
  std::ofstream file(temporary, std::ios::trunc);
  file << report.dump() << '\n';
  file.close();
  if (file && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const Error error{ErrorCode::io, fmt::format("cannot write the report {}: {}", path, std::strerror(errno))};
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace tandem
