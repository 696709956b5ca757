// What the web server parses itself, on any bytes: targets, forms, ranges, tags, credentials.
#include <cstdint>
#include <cstdlib>

#include "http_text.h"
#include "route_table.h"

namespace {

using namespace tandem;

void expect_inside(const std::string& path) {
  if (path.empty() || path.front() != '/' || path.find("//") != std::string::npos) std::abort();
  if ((path + '/').find("/../") != std::string::npos || path.find('\0') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto target = read_target(text)) {
    expect_inside(target->path);
    const auto parts = read_pattern("/a/{x}/{rest...}");
    const RouteTable table({RouteEntry{1, "l", "GET", "", *parts, "", 0, false}});
    (void)table.match("l", "GET", target->path);
  }
  (void)read_pattern(text);
  if (const auto form = read_form(text); form && form->size() > kMostFields) std::abort();
  for (const uint64_t file : {uint64_t{0}, uint64_t{1}, uint64_t{100}, UINT64_MAX}) {
    const auto range = read_range(text, file);
    if (range.kind == ByteRange::Kind::part && (range.size == 0 || range.first >= file || range.size > file - range.first)) std::abort();
  }
  (void)names_etag(text, "tag");
  if (const auto found = read_credentials(text); found.scheme.empty() && !found.secret.empty()) std::abort();
  return 0;
}
