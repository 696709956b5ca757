// Planner: which destinations ring for a call, when, and whom they are shown; with a sentence for each. Switch thread.
#pragma once

#include <functional>

#include "book.h"
#include "rules.h"
#include "settings.h"
#include "tandem/directory.h"
#include "tandem/remote_destinations.h"

namespace tandem {

class Planner {
 public:
  /// All outlive it.
  struct Parts {
    const RemoteBook& book;
    Directory& directory;
    const MobileSettings& settings;
    ReachRules rules;
    std::function<size_t(const std::string& id)> calls_of;  ///< that a destination has now
  };
  explicit Planner(Parts parts) : parts_(std::move(parts)) {}

  struct Verdict {
    const Destination* destination;
    std::optional<RemoteLeg> leg;  ///< empty: it does not ring
    std::string why;               ///< "rings after 4 s", "not rung: outside its schedule (...)"
  };
  /// `now` is what the policies take for the time too where it is `imagined`.
  std::vector<Verdict> judge(const ReachQuestion& question, WallTime now, bool imagined = false) const;
  ReachPlan plan(const ReachQuestion& question, WallTime now) const;
  /// Nothing of that person's rings for such a call; empty: some may.
  std::string nothing_rings(const ReachQuestion& question) const;

 private:
  /// What is the same for all destinations of one call.
  struct Caller {
    std::string number, dialled, e164;  ///< as it stands, in the form in which numbers are compared, and for the world
    bool withheld = false;
    Party shown;  ///< to a carrier that takes any number
    /// A place's time is asked for once.
    mutable std::vector<std::pair<std::string, LocalTime>> clocks = {};
  };
  Caller look_at(const ReachQuestion& question, const Party& party) const;
  Party outside_face(const ReachQuestion& question, const Caller& caller, const Party& party) const;
  std::string against(const Destination& d, const ReachCall& call, const Caller& caller, const Call& of) const;
  std::string against_list(const Destination& d, const Caller& caller) const;
  bool within_schedule(const Destination& d, WallTime now, const Caller& caller, std::string& zone) const;
  Party shown_to(const Destination& d, const Caller& caller, const TrunkRules& trunk) const;

  Parts parts_;
};

}  // namespace tandem
