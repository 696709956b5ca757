#include "object_commands.h"

namespace tandem {

Result<Registration> add_object_command(Console& console, const Stack& stack, const Registrar& registrar, const SipDriver& driver) {
  return console.add({"sip show objects", "", "How many sessions, transactions, dialogs, connections and contacts there are.",
                      [&stack, &registrar, &driver](const auto&, ConsoleReply reply) {
                        const StackObjects held = stack.objects();
                        reply(Json{{"sessions", driver.sessions()},
                                   {"server transactions", held.server_transactions},
                                   {"client transactions", held.client_transactions},
                                   {"dialogs", held.dialogs},
                                   {"tcp connections", held.flows},
                                   {"contacts", registrar.size()}});
                      }});
}

}  // namespace tandem
