#include "doors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem {

Result<Doors> Doors::open(Edge* edge, const SipSettings& settings, Stack& stack) {
  Doors doors;
  if (settings.doors.empty()) return doors;
  if (edge == nullptr) return Error{ErrorCode::unavailable, "this core has no edge: TLS and WebSockets cannot be served"};
  for (const DoorSettings& wanted : settings.doors) {
    EdgeListenerSettings one = wanted.edge;
    one.inward = stack.inward();
    auto listener = edge->open(one);
    if (!listener) return listener.error();
    // The port may have been the kernel's choice, so what goes into Via is known only now.
    one.sent_by = stack.add_door(one.name, one.kind, (*listener)->bound());
    auto named = (*listener)->prepare(one);
    if (!named) return named.error();
    (*named)();
    doors.doors_.push_back({wanted.section, std::move(one), std::move(*listener)});
  }
  return doors;
}

Result<Task> Doors::prepare(const SipSettings& next, std::vector<std::string>& at_start) {
  std::vector<Task> tasks;
  for (const DoorSettings& wanted : next.doors) {
    const auto known = std::ranges::find(doors_, wanted.section, &Door::section);
    if (known == doors_.end()) {
      at_start.push_back("sip/" + wanted.section);
      continue;
    }
    if (!(known->settings.address == wanted.edge.address)) {
      at_start.push_back(fmt::format("sip/{}/address", wanted.section));
      at_start.push_back(fmt::format("sip/{}/port", wanted.section));
    }
    if (known->settings.kind != wanted.edge.kind) at_start.push_back(fmt::format("sip/{}/transport", wanted.section));
    EdgeListenerSettings one = wanted.edge;
    one.sent_by = known->settings.sent_by;
    auto task = known->listener->prepare(std::move(one));
    if (!task) return task.error();
    tasks.push_back(std::move(*task));
  }
  for (const Door& door : doors_) {
    if (std::ranges::find(next.doors, door.section, &DoorSettings::section) == next.doors.end()) at_start.push_back("sip/" + door.section);
  }
  return Task([tasks = std::move(tasks)]() mutable {
    for (auto& task : tasks) task();
  });
}

Result<void> check_doors(const SipSettings& settings) {
  for (const TrunkSettings& trunk : settings.trunks) {
    if (trunk.transport != TrunkTransport::tls) continue;
    EdgeDialSettings dial;
    dial.verify = trunk.tls.verify;
    dial.ca = trunk.tls.ca;
    dial.own = {trunk.tls.certificate, trunk.tls.key};
    if (auto good = Edge::check(dial); !good)
      return Error{good.error().code, fmt::format("sip.ini: [{}]: {}", trunk.name, good.error().message)};
  }
  for (const DoorSettings& door : settings.doors) {
    if (door.edge.kind == EdgeKind::ws) continue;
    if (auto good = Edge::check(door.edge.tls); !good)
      return Error{good.error().code, fmt::format("sip.ini: [{}]: {}", door.section, good.error().message)};
  }
  return {};
}

}  // namespace tandem
