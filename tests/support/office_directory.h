// OfficeDirectory: some people and phones of the sample office, without a database.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tandem/directory.h"

namespace tandem::test {

/// The people and phones of the sample office, as far as the dialplan asks.
class OfficeDirectory final : public Directory {
 public:
  OfficeDirectory() {
    add_user({"john.doe", "John Doe", "11001", "international", "+14085551001"});
    add_user({"jane.white", "Jane White", "11002", "national", "+14085551002"});
    add_user({"sam.night", "Sam Night", "11003", "internal", "+14085551003"});
    add_device("SEP001122330001", "hq", "john.doe", "");
    add_device("SEP001122330002", "hq", "jane.white", "");
    add_device("SEP0011223300A1", "hq", "", "19001");
    add_device("SEP0011223300B1", "annex", "", "19003");
    numbers_["5000"] = {"5000", Number::Kind::service, "voice-access"};
    sites_["hq"] = std::make_shared<Site>(Site{"hq", "100 Main Street", "+14085551000", "America/Los_Angeles"});
    sites_["annex"] = std::make_shared<Site>(Site{"annex", "120 Main Street", "+14085551900"});
  }

  std::shared_ptr<const User> user(std::string_view id) override { return find(users_, id); }
  std::shared_ptr<const Device> device(std::string_view name) override { return find(devices_, name); }
  std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) override {
    std::vector<std::shared_ptr<const Device>> page;
    for (auto it = devices_.upper_bound(after); it != devices_.end() && page.size() < most; ++it) page.push_back(it->second);
    return page;
  }
  std::shared_ptr<const Profile> profile(std::string_view /*id*/) override { return nullptr; }
  std::shared_ptr<const Site> site(std::string_view id) override { return find(sites_, id); }
  std::optional<Number> number(std::string_view digits) override {
    const auto it = numbers_.find(digits);
    return it == numbers_.end() ? std::nullopt : std::optional(it->second);
  }
  Occupant occupant(const Device& device) override {
    const auto logged_in = at_.find(device.name);
    const auto who = user(logged_in == at_.end() ? device.owner : logged_in->second);
    if (who) return {who, who->extension, who->name, who->calling_class};
    return {nullptr, device.extension, device.label, "neutral"};
  }
  std::vector<std::string> devices_of(std::string_view user) override {
    std::vector<std::string> found;
    for (const auto& [name, device] : devices_) {
      if (device->owner == user) found.push_back(name);
    }
    return found;
  }
  bool sample_secret_in_force() override { return false; }
  Counts counts() override { return {}; }

  /// Another person, or the same with other facts.
  void add_user(const User& user) {
    users_[user.id] = std::make_shared<User>(user);
    numbers_[user.extension] = {user.extension, Number::Kind::user, user.id};
    numbers_[user.did] = {user.did, Number::Kind::user, user.id};
  }

  std::map<std::string, std::string, std::less<>> at_;  ///< who is logged in where

 private:
  template <class T>
  static std::shared_ptr<const T> find(const std::map<std::string, std::shared_ptr<T>, std::less<>>& in, std::string_view key) {
    const auto it = in.find(key);
    return it == in.end() ? nullptr : it->second;
  }
  void add_device(const std::string& name, const std::string& site, const std::string& owner, const std::string& extension) {
    Device device;
    device.name = name;
    device.site = site;
    device.owner = owner;
    device.extension = extension;
    device.label = "Desk " + extension;
    device.secret = "never-shown";
    devices_[name] = std::make_shared<Device>(device);
    if (!extension.empty()) numbers_[extension] = {extension, Number::Kind::device, name};
  }

  std::map<std::string, std::shared_ptr<User>, std::less<>> users_;
  std::map<std::string, std::shared_ptr<Device>, std::less<>> devices_;
  std::map<std::string, std::shared_ptr<Site>, std::less<>> sites_;
  std::map<std::string, Number, std::less<>> numbers_;
};

}  // namespace tandem::test
