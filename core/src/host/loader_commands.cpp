// module show|load|unload|reload.
#include <fmt/format.h>

#include "host/loader.h"

namespace tandem {
namespace {

Error one_name() { return {ErrorCode::invalid, "name one module"}; }

Result<Json> said(const Result<void>& result, std::string sentence) {
  if (!result) return result.error();
  return Json(std::move(sentence));
}

Result<Json> show(const Loader& loader, const std::vector<std::string>& args) {
  if (args.empty()) return loader.table();
  if (args.size() > 1) return one_name();
  return loader.describe(args[0]);
}

Result<Json> load(Loader& loader, const std::vector<std::string>& args) {
  if (args.size() != 1) return one_name();
  return said(loader.load(args[0]), args[0] + " is running");
}

void unload(Loader& loader, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() != 1) return reply(one_name());
  loader.unload(args[0],
                [name = args[0], r = std::move(reply)](const Result<void>& result) mutable { r(said(result, name + " is unloaded")); });
}

// Each module for itself: one that keeps its old configuration does not keep the others from taking the new one.
Result<Json> reload(Loader& loader, const std::vector<std::string>& args) {
  if (args.size() > 1) return one_name();
  const auto names = args.empty() ? loader.running() : args;
  std::string done;
  std::string failures;
  for (const auto& name : names) {
    if (const auto reloaded = loader.reload(name)) {
      done += (done.empty() ? "" : ", ") + name;
    } else {
      failures += fmt::format("{}{}: {}", failures.empty() ? "" : "\n", name, reloaded.error().message);
    }
  }
  if (failures.empty()) return Json(done.empty() ? "no module is running" : "reloaded: " + done);
  return Error{ErrorCode::invalid, done.empty() ? failures : fmt::format("{}\nreloaded: {}", failures, done)};
}

}  // namespace

std::vector<Registration> register_module_commands(Console& console, Loader& loader) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"module show", "[NAME]", "Modules of the module folder and their states, or one in full.",
       [&loader](const auto& args, ConsoleReply reply) { reply(show(loader, args)); }});
  add({"module load", "NAME", "Loads a module and starts it.",
       [&loader](const auto& args, ConsoleReply reply) { reply(load(loader, args)); }});
  add({"module unload", "NAME", "Stops a module and closes its shared object; refused while it is in use.",
       [&loader](const auto& args, ConsoleReply reply) { unload(loader, args, std::move(reply)); }});
  add({"module reload", "[NAME]", "Lets a module, or all, read their configuration anew. For new code: unload, then load.",
       [&loader](const auto& args, ConsoleReply reply) { reply(reload(loader, args)); }});
  return made;
}

}  // namespace tandem
