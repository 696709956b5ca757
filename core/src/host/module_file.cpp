#include "host/module_file.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "version.h"

namespace tandem {
namespace {

std::map<std::string, std::string> build_parts(std::string_view id) {
  std::map<std::string, std::string> parts;
  std::istringstream words{std::string(id)};
  for (std::string word; words >> word;) {
    const size_t equals = std::min(word.find('='), word.size());
    parts[word.substr(0, equals)] = word;
  }
  return parts;
}

std::set<std::string> loaded_objects() {
  std::set<std::string> names;
  const auto add = [](dl_phdr_info* object, size_t, void* into) {
    static_cast<std::set<std::string>*>(into)->emplace(object->dlpi_name);
    return 0;
  };
  ::dl_iterate_phdr(add, &names);
  return names;
}

// Libraries that a module brings along stay when it goes: many cannot be unloaded. Sofia-SIP, for one, then deletes a thread key that it
// may never have made, and so somebody else's.
void keep_libraries(const std::set<std::string>& before, const std::string& module) {
  for (const auto& name : loaded_objects()) {
    if (before.contains(name) || name == module) continue;
    void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    if (library != nullptr) ::dlclose(library);
  }
}

std::string sentence(const std::string& name, std::string_view what) { return fmt::format("{}.so {}", name, what); }

Result<void> check(const ModuleInfo& info, const std::string& name) {
  if (info.abi != kModuleAbi) {
    return Error{ErrorCode::invalid,
                 sentence(name, fmt::format("was built for module interface {}, this core has {}", info.abi, kModuleAbi))};
  }
  if (info.build == nullptr || info.name == nullptr || info.version == nullptr || info.summary == nullptr || info.requirements == nullptr ||
      info.create == nullptr) {
    return Error{ErrorCode::invalid, sentence(name, "leaves fields of tandem_module empty")};
  }
  if (std::string_view(info.build) != host_build_id()) {
    return Error{ErrorCode::invalid, sentence(name, "was " + build_difference(info.build, host_build_id()))};
  }
  if (info.name != name) return Error{ErrorCode::invalid, sentence(name, fmt::format("calls itself {}", info.name))};
  return {};
}

}  // namespace

void ModuleFile::Close::operator()(void* handle) const { ::dlclose(handle); }

Result<ModuleFile> ModuleFile::open(const std::filesystem::path& folder, const std::string& name) {
  if (!is_module_name(name)) return Error{ErrorCode::invalid, fmt::format("'{}' is no module name", name)};
  const auto path = folder / (name + ".so");
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Error{ErrorCode::not_found, fmt::format("there is no {}", path.string())};
  const auto before = loaded_objects();
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Error{ErrorCode::invalid, sentence(name, fmt::format("cannot be opened: {}", ::dlerror()))};
  keep_libraries(before, path);
  ModuleFile file(handle);
  file.path_ = path;
  file.info_ = static_cast<const ModuleInfo*>(::dlsym(handle, "tandem_module"));
  if (file.info_ == nullptr) return Error{ErrorCode::invalid, sentence(name, "has no symbol tandem_module: it is no Tandem module")};
  if (const auto checked = check(*file.info_, name); !checked) return checked.error();
  return file;
}

bool ModuleFile::close() {
  handle_.reset();
  info_ = nullptr;
  void* still = ::dlopen(path_.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (still != nullptr) ::dlclose(still);
  return still == nullptr;
}

std::vector<std::string> ModuleFile::requirements() const {
  std::istringstream words{std::string(info_->requirements)};
  std::vector<std::string> names;
  for (std::string word; words >> word;) names.push_back(word);
  return names;
}

std::string build_difference(std::string_view module, std::string_view core) {
  const auto theirs = build_parts(module);
  const auto ours = build_parts(core);
  std::string built;
  std::string has;
  const auto differ = [&](const std::string& key) {
    const auto t = theirs.find(key);
    const auto o = ours.find(key);
    const std::string of_theirs = t == theirs.end() ? "no " + key : t->second;
    const std::string of_ours = o == ours.end() ? "no " + key : o->second;
    if (of_theirs == of_ours) return;
    built += (built.empty() ? "" : ", ") + of_theirs;
    has += (has.empty() ? "" : ", ") + of_ours;
  };
  for (const auto& [key, value] : theirs) differ(key);
  for (const auto& [key, value] : ours) {
    if (!theirs.contains(key)) differ(key);
  }
  return fmt::format("built with {}, this core has {}", built, has);
}

bool is_module_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace tandem
