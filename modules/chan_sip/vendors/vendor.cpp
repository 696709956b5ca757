#include "vendor.h"

namespace tandem {

const Vendor& vendor_named(std::string_view name) {
  if (name == cisco_vendor().name()) return cisco_vendor();
  return generic_vendor();
}

// baresip with libre up to 1.1 (Debian 12); SIP.js and JsSIP, which read the last challenge alone.
bool knows_only_md5(const char* user_agent) {
  if (user_agent == nullptr) return false;
  const std::string_view agent(user_agent);
  return agent.starts_with("baresip ") || agent.starts_with("SIP.js/") || agent.starts_with("JsSIP ");
}

}  // namespace tandem
