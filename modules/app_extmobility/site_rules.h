// SiteRules: what the dialplan's policy "login" says to a login: nothing against it, no with a sentence, or another profile. Switch thread.
#pragma once

#include <optional>
#include <string>

#include "tandem/directory.h"
#include "tandem/host.h"
#include "tandem/policies.h"

namespace tandem {

struct SiteRuling {
  std::optional<std::string> refused;  ///< the sentence for the person
  std::string profile;                 ///< the login brings this one instead
  bool asked = false;                  ///< false: the dialplan has no such policy
};

class SiteRules {
 public:
  /// Null: nobody rules.
  explicit SiteRules(Policies* policies) : policies_(policies) {}
  /// A policy that fails refuses: a rule that cannot be asked must not let everybody in.
  SiteRuling ask(const User& user, const Device& device, const std::string& profile, const std::string& door) const;

 private:
  Policies* policies_;
};

}  // namespace tandem
