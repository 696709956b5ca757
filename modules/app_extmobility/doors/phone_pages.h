// PhonePages: the pages of the phone's Extension Mobility service. Made from values, decides nothing. Switch thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../codes.h"
#include "screen.h"
#include "tandem/directory.h"

namespace tandem {

/// What every page of one request has in common.
struct PhonePageFrame {
  std::string login_url;   ///< "http://pbx:8080/emapp/EMAppServlet"
  std::string pin_url;     ///< ".../changecredential/ChangeCredentialServlet"
  std::string device;      ///< as the phone sent it
  std::string login_type;  ///< "UID", "DN", "SP"; empty: as UID, and is not sent on
  bool letters = true;     ///< user ids may have letters
};

class PhonePages {
 public:
  explicit PhonePages(PhonePageFrame frame) : frame_(std::move(frame)) {}

  Screen login_form(const std::string& prefilled) const;
  /// One of several; `step` continues the login.
  Screen choose_profile(const std::vector<std::shared_ptr<const Profile>>& profiles, const std::string& step) const;
  Screen one_time_code(const std::string& step) const;
  /// Somebody is logged in: who, for how long, and what can be done. `others` may log them out by logging in.
  Screen occupied(const std::string& name, std::chrono::minutes since, bool others) const;
  Screen confirm_logout(const std::string& name) const;
  Screen logged_in(const std::string& name, const std::string& extension) const;
  Screen logged_out() const;
  /// The code's own text, or what there is to say instead; the same page for a wrong id and a wrong PIN.
  Screen refused(MobilityCode code, const std::string& text, bool logout) const;
  Screen pin_form(const std::string& user, const std::string& prompt) const;
  Screen pin_changed() const;
  Screen pin_refused(const std::string& user, const std::string& text) const;
  /// Who is here, in one line: for scripts that ask.
  Screen who(const std::string& text) const;

 private:
  ScreenQuery query() const;
  std::string link(ScreenQuery more = {}) const;
  std::string pin_link(const std::string& user = {}) const;
  ScreenLink leave() const { return {.does = ScreenLink::Does::leave, .label = "Exit"}; }
  std::vector<ScreenLink> input_keys() const;

  PhonePageFrame frame_;
};

}  // namespace tandem
