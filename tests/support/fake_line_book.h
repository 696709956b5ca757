// FakeLineBook: what people have set for their lines, in memory. Test's thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "tandem/line_settings.h"

namespace tandem::test {

class FakeLineBook final : public LineBook {
 public:
  std::shared_ptr<const LineSettings> of(std::string_view user) override {
    const auto it = lines_.find(user);
    return std::make_shared<const LineSettings>(it == lines_.end() ? LineSettings() : it->second);
  }
  DoNotDisturb dnd_at(const Device& device) override {
    const auto it = phones_.find(device.name);
    return std::max(it == phones_.end() ? DoNotDisturb::off : it->second, of(device.owner)->dnd);
  }
  void change(std::string user, LineChange change, Done done) override {
    if (change.forward_all) lines_[user].forward_all = *change.forward_all;
    if (change.dnd) lines_[user].dnd = *change.dnd;
    done({});
  }
  void set_dnd_at(std::string device, DoNotDisturb dnd, Done done) override {
    phones_[device] = dnd;
    done({});
  }

  std::map<std::string, LineSettings, std::less<>> lines_;   ///< by user
  std::map<std::string, DoNotDisturb, std::less<>> phones_;  ///< by device
};

}  // namespace tandem::test
