#include "subscription_commands.h"

namespace tandem {
namespace {

constexpr size_t kMostRows = 1000;

Json row(const Subscription& one) {
  const auto& subject = one.subject();
  return {{"device", one.device()}, {"event", subject.event},          {"resource", subject.resource},
          {"means", subject.key},   {"state", to_string(one.state())}, {"for seconds", one.left().count()},
          {"told", one.version()},  {"call id", one.call_id()}};
}

}  // namespace

Result<Registration> add_subscription_command(Console& console, const SipNotifier& notifier) {
  return console.add({"sip show subscriptions", "[DEVICE]", "Which phone watches what: lamps, messages, presence.",
                      [&notifier](const std::vector<std::string>& args, ConsoleReply reply) {
                        if (args.size() > 1) return reply(Error{ErrorCode::invalid, "one device at most"});
                        Json rows = Json::array();
                        for (const Subscription* one : notifier.list(args.empty() ? "" : args.front(), kMostRows))
                          rows.push_back(row(*one));
                        reply(std::move(rows));
                      }});
}

}  // namespace tandem
