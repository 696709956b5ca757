#include "vendor.h"

namespace tandem {

const Vendor& vendor_named(std::string_view name) {
  if (name == cisco_vendor().name()) return cisco_vendor();
  return generic_vendor();
}

// baresip with libre up to 1.1 (Debian 12).
bool knows_only_md5(const char* user_agent) { return user_agent != nullptr && std::string_view(user_agent).starts_with("baresip "); }

}  // namespace tandem
