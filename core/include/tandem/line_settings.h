// What people have set for their lines: where calls go instead, and whether they want to be disturbed. Found at the Host; provided by the
// core. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/directory.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

enum class DoNotDisturb : uint8_t {
  off,
  silent,  ///< phones show calls and make no noise
  reject,  ///< calls find the line busy, and no remote destination rings
};
constexpr std::string_view to_string(DoNotDisturb dnd) {
  return dnd == DoNotDisturb::reject ? "reject" : dnd == DoNotDisturb::silent ? "silent" : "off";
}

/// Numbers are as their person would dial them; empty: calls are not sent on.
struct LineSettings {
  std::string forward_all;
  std::string forward_busy;          ///< its phones are busy, or the line is not to be disturbed
  std::string forward_no_answer;     ///< nobody has answered within the time that the dialplan gives the line
  std::string forward_unregistered;  ///< none of its phones can be reached, and no remote destination rings
  DoNotDisturb dnd = DoNotDisturb::off;
  bool operator==(const LineSettings&) const = default;
};

/// What is left out stays.
struct LineChange {
  std::optional<std::string> forward_all = {}, forward_busy = {}, forward_no_answer = {}, forward_unregistered = {};
  std::optional<DoNotDisturb> dnd = {};
};

/// Durable already when it is told.
struct LineChanged {
  static constexpr std::string_view kEvent = "line.changed";
  std::string_view user;
  const LineSettings& settings;
};

class LineBook {
 public:
  static constexpr std::string_view kInterface = "tandem.line_book";
  using Done = UniqueFunction<void(Result<void>)>;
  virtual ~LineBook() = default;
  /// Never null; everything is off for people who have set nothing, or do not exist.
  virtual std::shared_ptr<const LineSettings> of(std::string_view user) = 0;
  /// What this phone does about calls: the stricter one of its person's and of the profile's that a login brought.
  virtual DoNotDisturb dnd_at(const Device& device) = 0;
  /// Durable when `done` runs. not_found: there is no such user. invalid: a number that is none.
  virtual void change(std::string user, LineChange change, Done done) = 0;
  /// As pressed at a phone: where somebody is logged in it is kept with the profile that the login brought, for the next time; else with
  /// the person. `off` ends both. not_found: nobody is at that phone.
  virtual void set_dnd_at(std::string device, DoNotDisturb dnd, Done done) = 0;
};

}  // namespace tandem
