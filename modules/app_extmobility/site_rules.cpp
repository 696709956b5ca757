#include "site_rules.h"

namespace tandem {

SiteRuling SiteRules::ask(const User& user, const Device& device, const std::string& profile, const std::string& door) const {
  if (policies_ == nullptr) return {};
  const Value question{{"user", user.id},       {"extension", user.extension}, {"home_site", user.home_site}, {"device", device.name},
                       {"model", device.model}, {"site", device.site},         {"profile", profile},          {"door", door}};
  const auto answer = policies_->ask("login", question);
  if (!answer) {
    if (answer.error().code == ErrorCode::not_found) return {};
    return {.refused = "Not possible at this phone", .profile = {}, .asked = true};
  }
  SiteRuling ruling{.refused = {}, .profile = {}, .asked = true};
  if (answer->is_string()) ruling.refused = answer->get<std::string>();
  if (answer->is_boolean() && !answer->get<bool>()) ruling.refused = "Not possible at this phone";
  if (answer->is_object() && answer->contains("profile") && (*answer)["profile"].is_string()) ruling.profile = (*answer)["profile"];
  return ruling;
}

}  // namespace tandem
