#include "host/loader.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "host/load_order.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("module");

// No exception crosses a module's border: what it throws becomes its Error.
template <class F>
auto guarded(F call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, fmt::format("it threw: {}", e.what())};
  }
}

std::vector<std::string> modules_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().extension() == ".so" && is_module_name(file.path().stem().string())) names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string_view to_string(ModuleState state) {
  switch (state) {
    case ModuleState::not_loaded:
      return "not loaded";
    case ModuleState::loading:
      return "loading";
    case ModuleState::running:
      return "running";
    case ModuleState::failed:
      return "failed";
    case ModuleState::unloading:
      return "unloading";
  }
  return "?";
}

std::vector<std::string> wanted_modules(const LoaderSettings& settings) {
  std::set<std::string> wanted(settings.load.begin(), settings.load.end());
  wanted.insert(settings.require.begin(), settings.require.end());
  if (settings.autoload) {
    for (auto& name : modules_in(settings.folder)) wanted.insert(std::move(name));
  }
  for (const auto& name : settings.noload) wanted.erase(name);
  return {wanted.begin(), wanted.end()};
}

std::vector<std::string> check_modules(const LoaderSettings& settings) {
  std::vector<std::string> complaints;
  std::map<std::string, std::vector<std::string>> requirements;
  for (const auto& name : wanted_modules(settings)) {
    if (const auto file = ModuleFile::open(settings.folder, name)) {
      requirements[name] = file->requirements();
    } else {
      complaints.push_back("module " + name + ": " + file.error().message);
    }
  }
  for (const auto& [name, circle] : load_order(requirements).circles) complaints.push_back("module " + name + ": " + circle);
  for (const auto& [name, required] : requirements) {
    for (const auto& other : required) {
      if (!requirements.contains(other)) complaints.push_back(fmt::format("module {}: it requires {}, which is not loaded", name, other));
    }
  }
  return complaints;
}

Loader::~Loader() {
  unload_all();
  for (auto& [name, entry] : entries_) {
    if (entry.file) entry.file->leave_open();
  }
}

Result<void> Loader::load_all() {
  std::map<std::string, ModuleFile> files;
  std::map<std::string, std::vector<std::string>> requirements;
  for (const auto& name : wanted_modules(settings_)) {
    auto file = ModuleFile::open(settings_.folder, name);
    if (!file) {
      (void)fail(name, file.error());
      continue;
    }
    requirements[name] = file->requirements();
    files.emplace(name, std::move(*file));
  }
  const auto plan = load_order(requirements);
  for (const auto& [name, circle] : plan.circles) (void)fail(name, {ErrorCode::invalid, circle});
  for (const auto& name : plan.order) (void)start(name, std::move(files.at(name)));
  for (const auto& name : settings_.require) {
    if (state(name) == ModuleState::running) continue;
    const auto it = entries_.find(name);
    return Error{ErrorCode::unavailable, fmt::format("required module {} does not run: {}", name,
                                                     it == entries_.end() ? "it is not to be loaded" : it->second.reason)};
  }
  return {};
}

Result<void> Loader::load(const std::string& name) {
  if (const auto it = entries_.find(name); it != entries_.end() && it->second.file) {
    if (it->second.state == ModuleState::running) return Error{ErrorCode::exists, name + " is running already"};
    return Error{ErrorCode::busy, name + " is still being unloaded"};
  }
  auto file = ModuleFile::open(settings_.folder, name);
  // What is no module name, or no file, leaves no entry: a mistyped word is not a module.
  if (!file && (file.error().code == ErrorCode::not_found || !is_module_name(name))) return file.error();
  if (!file) return fail(name, file.error());
  return start(name, std::move(*file));
}

Result<void> Loader::check_requirements(const std::string& name, const ModuleFile& file) const {
  for (const auto& required : file.requirements()) {
    if (state(required) == ModuleState::running) continue;
    return Error{ErrorCode::unavailable, fmt::format("{} requires {}, which is {}", name, required, to_string(state(required)))};
  }
  return {};
}

Result<void> Loader::start(const std::string& name, ModuleFile file) {
  if (auto checked = check_requirements(name, file); !checked) return fail(name, checked.error());
  auto& entry = entries_[name];
  entry.state = ModuleState::loading;
  entry.reason.clear();
  entry.file.emplace(std::move(file));
  const ModuleInfo& info = entry.file->info();
  auto created = guarded([&]() -> Result<std::unique_ptr<Module>> { return info.create(host_); });
  Result<void> started = !created ? Result<void>(created.error()) : Result<void>();
  if (created && *created == nullptr) started = Error{ErrorCode::internal, "it made no object"};
  if (started) {
    entry.module = std::move(*created);
    started = guarded([&] { return entry.module->start(); });
  }
  if (!started) {
    stop(name, ModuleState::failed);
    return fail(name, started.error());
  }
  entry.state = ModuleState::running;
  entry.since = host_.loop().clock().wall();
  started_.push_back(name);
  kLog.line(LogLevel::notice, "{} {} is running", name, info.version);
  return {};
}

Result<void> Loader::fail(const std::string& name, const Error& why) {
  auto& entry = entries_[name];
  entry.state = ModuleState::failed;
  entry.reason = why.message;
  kLog.line(LogLevel::error, "{} failed: {}", name, why.message);
  return why;
}

Result<void> Loader::may_unload(const std::string& name) {
  const auto it = entries_.find(name);
  if (it == entries_.end() || it->second.state != ModuleState::running) return Error{ErrorCode::not_found, name + " is not running"};
  std::vector<std::string> users;
  for (const auto& other : started_) {
    const auto required = entries_.find(other)->second.file->requirements();
    if (std::find(required.begin(), required.end(), name) != required.end()) users.push_back(other);
  }
  if (!users.empty()) return Error{ErrorCode::busy, fmt::format("{} is required by {}", name, fmt::join(users, ", "))};
  const auto use = guarded([&]() -> Result<std::string> { return it->second.module->in_use(); });
  if (!use) return use.error();
  if (!use->empty()) return Error{ErrorCode::busy, fmt::format("{} is in use: {}", name, *use)};
  return {};
}

void Loader::unload(const std::string& name, UniqueFunction<void(Result<void>)> done) {
  if (auto allowed = may_unload(name); !allowed) return done(allowed.error());
  entries_.find(name)->second.closed = std::move(done);
  stop(name, ModuleState::unloading);
}

void Loader::unload_all() {
  while (!started_.empty()) stop(std::string(started_.back()), ModuleState::unloading);
}

// Destroys the module's object, which undoes all its registrations. Its code stays until whatever it has put into the loop has been run.
void Loader::stop(const std::string& name, ModuleState after) {
  auto& entry = entries_.find(name)->second;
  entry.state = ModuleState::unloading;
  std::erase(started_, name);
  if (entry.module) {
    const auto stopped = guarded([&]() -> Result<void> { return entry.module->stop(), Result<void>(); });
    if (!stopped) kLog.line(LogLevel::error, "{} did not stop cleanly: {}", name, stopped.error().message);
    entry.module.reset();
  }
  entry.state = after;
  close_when_quiet(name, 2);
}

// Tasks are run in the order in which they were posted, so ours comes behind all that the module had posted; the second round is for tasks
// that those have posted in turn.
void Loader::close_when_quiet(const std::string& name, int rounds) {
  const auto next = [this, name, rounds, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    rounds > 0 ? close_when_quiet(name, rounds - 1) : close(name);
  };
  if (host_.loop().post(next, Share::existing)) return;
  auto& entry = entries_.find(name)->second;
  if (!entry.retry) entry.retry = std::make_unique<Timer>(host_.loop());
  entry.retry->start(std::chrono::milliseconds(10), next);
}

void Loader::close(const std::string& name) {
  auto& entry = entries_.find(name)->second;
  const bool gone = entry.file->close();
  entry.file.reset();
  if (entry.state == ModuleState::unloading) entry.state = ModuleState::not_loaded;
  if (gone) {
    kLog.line(LogLevel::notice, "{} is unloaded", name);
  } else {
    kLog.line(LogLevel::warning, "{} is stopped, but its code stays in memory: loading it again would run that", name);
  }
  auto closed = std::exchange(entry.closed, nullptr);
  if (!closed) return;
  if (gone) return closed({});
  closed(Error{ErrorCode::internal, name + " is stopped, but its code stays in memory: loading it again would run that"});
}

Result<ReloadPlan> Loader::plan_reload(const std::string& name) {
  const auto it = entries_.find(name);
  if (it == entries_.end() || it->second.state != ModuleState::running) return Error{ErrorCode::not_found, name + " is not running"};
  return guarded([&] { return it->second.module->reload(); });
}

ModuleState Loader::state(std::string_view name) const {
  const auto it = entries_.find(name);
  return it == entries_.end() ? ModuleState::not_loaded : it->second.state;
}

size_t Loader::open_objects() const {
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& e) { return e.second.file.has_value(); }));
}

Json Loader::row(const std::string& name, const Entry& entry) const {
  const bool open = entry.file.has_value() && entry.state != ModuleState::unloading;
  return {{"module", name},
          {"state", to_string(entry.state)},
          {"version", open ? entry.file->info().version : ""},
          {"summary", entry.state == ModuleState::failed ? entry.reason
                      : open                             ? entry.file->info().summary
                                                         : ""}};
}

Json Loader::table() const {
  std::map<std::string, const Entry*> all;
  const Entry never;
  for (const auto& name : modules_in(settings_.folder)) all[name] = &never;
  for (const auto& [name, entry] : entries_) all[name] = &entry;
  Json rows = Json::array();
  for (const auto& [name, entry] : all) rows.push_back(row(name, *entry));
  return rows;
}

Result<Json> Loader::describe(const std::string& name) const {
  const auto it = entries_.find(name);
  const auto folder = modules_in(settings_.folder);
  if (it == entries_.end() && std::find(folder.begin(), folder.end(), name) == folder.end()) {
    return Error{ErrorCode::not_found, fmt::format("there is no module {} in {}", name, settings_.folder.string())};
  }
  if (it == entries_.end()) return row(name, Entry{});
  const Entry& entry = it->second;
  Json object = row(name, entry);
  if (entry.state != ModuleState::running) return object;
  object["requires"] = entry.file->info().requirements;
  object["running since"] = fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(entry.since));
  object["in use"] = entry.module->in_use();
  return object;
}

}  // namespace tandem
