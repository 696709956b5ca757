// Cisco enterprise phones (78xx, 88xx and older): User-Agent "Cisco-CP8841/12.8.1", the firmware in REGISTER's Reason header, the device
// name in Contact's +u.sip!devicename.ccm.cisco.com, features that appear only with the right Supported and Call-Info. Facts:
// usecallmanager.nz and the traces that phone-protocol.md sums up.
#include <algorithm>
#include <cctype>

#include "../identity.h"
#include "vendor.h"

namespace tandem {
namespace {

constexpr size_t kLongest = 64;
constexpr std::string_view kAgent = "Cisco-CP";
constexpr const char* kDeviceName = "+u.sip!devicename.ccm.cisco.com=";

/// "ActiveLoad=sip88xx.12-8-1.loads InactiveLoad=..." of newer ones, "Name=SEP... Load=SIP41.8-5-2" of older ones.
std::string load_of(std::string_view reason) {
  for (const std::string_view key : {std::string_view("ActiveLoad="), std::string_view(" Load=")}) {
    const size_t at = reason.find(key);
    if (at == std::string_view::npos) continue;
    std::string_view load = reason.substr(at + key.size()).substr(0, kLongest);
    load = load.substr(0, load.find_first_of(" \";,"));
    if (load.ends_with(".loads")) load.remove_suffix(std::string_view(".loads").size());
    return header_text(load);
  }
  return {};
}

class Cisco final : public Vendor {
 public:
  std::string_view name() const override { return "cisco"; }
  std::string model(std::string_view agent) const override {
    if (!agent.starts_with(kAgent)) return {};
    std::string_view number = agent.substr(kAgent.size());
    number = number.substr(0, number.find_first_of("/ ")).substr(0, kLongest);
    return number.empty() ? std::string() : "CP-" + header_text(number.starts_with('-') ? number.substr(1) : number);
  }
  std::string firmware(const sip_t* request) const override {
    for (const sip_reason_t* reason = request->sip_reason; reason != nullptr; reason = reason->re_next) {
      if (std::string load = reason->re_text != nullptr ? load_of(reason->re_text) : ""; !load.empty()) return load;
    }
    return generic_vendor().firmware(request);
  }
  std::string device_name(const sip_contact_t* contact) const override {
    const char* const text = msg_params_find(contact->m_params, kDeviceName);
    if (text == nullptr) return {};
    std::string name;
    for (const char c : std::string_view(text).substr(0, kLongest)) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') name += c;
    }
    return name;
  }
  bool bulk_lines() const override { return true; }
  std::string_view register_headers() const override { return "Supported: X-cisco-sis-10.0.0\r\n"; }
  std::string_view invite_headers() const override {
    return "Call-Info: <urn:x-cisco-remotecc:callinfo>;orientation=from;security=NotAuthenticated\r\n";
  }
};

}  // namespace

const Vendor& cisco_vendor() {
  static const Cisco one;
  return one;
}

}  // namespace tandem
