// module show|load|unload|reload.
#include <fmt/format.h>

#include "host/loader.h"
#include "host/reload.h"

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

Error reload_under_way() { return {ErrorCode::busy, "a reload is under way; try again in a moment"}; }

Result<Json> load(Loader& loader, const Reload& reload, const std::vector<std::string>& args) {
  if (args.size() != 1) return one_name();
  if (reload.under_way()) return reload_under_way();
  return said(loader.load(args[0]), args[0] + " is running");
}

void unload(Loader& loader, const Reload& reload, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() != 1) return reply(one_name());
  if (reload.under_way()) return reply(reload_under_way());
  loader.unload(args[0],
                [name = args[0], r = std::move(reply)](const Result<void>& result) mutable { r(said(result, name + " is unloaded")); });
}

void reload_modules(const Loader& loader, Reload& reload, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() > 1) return reply(one_name());
  reload.modules(args.empty() ? loader.running() : args, std::move(reply));
}

std::vector<std::string> names_in_state(const Loader& loader, bool running) {
  std::vector<std::string> names;
  for (const auto& row : loader.table()) {
    const auto name = row["module"].get<std::string>();
    if ((loader.state(name) == ModuleState::running) == running) names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<Registration> register_module_commands(Console& console, Loader& loader, Reload& reload) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  const auto complete = [&loader](bool running) {
    return [&loader, running](const auto& args) { return args.empty() ? names_in_state(loader, running) : std::vector<std::string>(); };
  };
  add({"module show", "[NAME]", "Modules of the module folder and their states, or one in full.",
       [&loader](const auto& args, ConsoleReply reply) { reply(show(loader, args)); },
       [&loader](const auto&) {
         auto names = names_in_state(loader, true);
         for (auto& name : names_in_state(loader, false)) names.push_back(std::move(name));
         return names;
       }});
  add({"module load", "NAME", "Loads a module and starts it.",
       [&](const auto& args, ConsoleReply reply) { reply(load(loader, reload, args)); }, complete(false)});
  add({"module unload", "NAME", "Stops a module and closes its shared object; refused while it is in use.",
       [&](const auto& args, ConsoleReply reply) { unload(loader, reload, args, std::move(reply)); }, complete(true)});
  add({"module reload", "[NAME]", "Lets a module, or all, read their configuration anew: all or nothing. For new code: unload, then load.",
       [&](const auto& args, ConsoleReply reply) { reload_modules(loader, reload, args, std::move(reply)); }, complete(true)});
  return made;
}

}  // namespace tandem
