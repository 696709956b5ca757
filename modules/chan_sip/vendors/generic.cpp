// Phones that keep to the RFCs. Most name themselves "MAKER MODEL VERSION" or "MODEL/VERSION" in User-Agent.
#include "../identity.h"
#include "vendor.h"

namespace tandem {
namespace {

constexpr size_t kLongest = 64;

/// Where the version begins: the last word, or what follows the last slash.
size_t version_at(std::string_view agent) {
  const size_t at = agent.find_last_of("/ ");
  return at == std::string_view::npos || at + 1 == agent.size() ? std::string_view::npos : at;
}

class Generic final : public Vendor {
 public:
  std::string_view name() const override { return "generic"; }
  std::string model(std::string_view agent) const override { return header_text(agent.substr(0, version_at(agent)).substr(0, kLongest)); }
  std::string firmware(const sip_t* request) const override {
    const char* const text = request->sip_user_agent != nullptr ? request->sip_user_agent->g_string : nullptr;
    const std::string_view agent = text != nullptr ? std::string_view(text).substr(0, 4 * kLongest) : std::string_view();
    const size_t at = version_at(agent);
    return at == std::string_view::npos ? std::string() : header_text(agent.substr(at + 1).substr(0, kLongest));
  }
  std::string device_name(const sip_contact_t* /*contact*/) const override { return {}; }
  bool bulk_lines() const override { return false; }
  std::string_view register_headers() const override { return {}; }
  std::string_view invite_headers() const override { return {}; }
};

}  // namespace

const Vendor& generic_vendor() {
  static const Generic one;
  return one;
}

}  // namespace tandem
