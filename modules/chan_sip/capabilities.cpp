#include "capabilities.h"

#include <algorithm>
#include <string_view>

namespace tandem {
namespace {

bool supported(std::string_view option) {
  std::string_view all = kSupported;
  while (!all.empty()) {
    const size_t end = std::min(all.find(", "), all.size());
    if (end == option.size() && strncasecmp(all.data(), option.data(), end) == 0) return true;
    all.remove_prefix(std::min(end + 2, all.size()));
  }
  return false;
}

void add_unknown(const msg_list_t* list, bool ours, std::string& unknown) {
  for (; list != nullptr; list = list->k_next) {
    for (const msg_param_t* item = list->k_items; item != nullptr && *item != nullptr; ++item) {
      if (ours && supported(*item)) continue;
      unknown += (unknown.empty() ? "" : ", ") + std::string(*item);
    }
  }
}

}  // namespace

std::string unsupported_by_us(const sip_t* sip) {
  std::string unknown;
  add_unknown(sip->sip_require, true, unknown);
  add_unknown(sip->sip_proxy_require, false, unknown);  // we are no proxy: nothing of that is ours
  return unknown;
}

}  // namespace tandem
