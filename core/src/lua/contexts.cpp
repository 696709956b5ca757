#include "lua/contexts.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {

namespace {

constexpr size_t kDeepestInclude = 16;

const Extension* first_match(const Context& context, std::string_view number) {
  const auto patterns = context.extensions.begin() + static_cast<std::ptrdiff_t>(context.numbers);
  const auto exact = std::lower_bound(context.extensions.begin(), patterns, number,
                                      [](const Extension& e, std::string_view n) { return e.pattern.comes_before(n); });
  if (exact != patterns && exact->pattern.matches(number)) return &*exact;
  const auto fits = std::find_if(patterns, context.extensions.end(), [&](const Extension& e) { return e.pattern.matches(number); });
  return fits == context.extensions.end() ? nullptr : &*fits;
}

}  // namespace

Result<void> Contexts::add(Context context) {
  if (const auto* other = find(context.name)) {
    return Error{ErrorCode::exists, fmt::format("{}: context \"{}\" is already defined at {}", context.place.to_string(), context.name,
                                                other->place.to_string())};
  }
  if (context.extensions.size() > kMostExtensions) {
    return Error{ErrorCode::exhausted,
                 fmt::format("{}: more than {} extensions in one context", context.place.to_string(), kMostExtensions)};
  }
  auto& all = context.extensions;
  std::sort(all.begin(), all.end(), [](const Extension& a, const Extension& b) {
    const auto order = a.pattern <=> b.pattern;
    return order < 0 || (order == 0 && a.place.line < b.place.line);
  });
  const auto twin =
      std::adjacent_find(all.begin(), all.end(), [](const Extension& a, const Extension& b) { return a.pattern == b.pattern; });
  if (twin != all.end()) {
    return Error{ErrorCode::exists, fmt::format("{}: \"{}\" fits the same numbers as \"{}\" at {}", twin[1].place.to_string(),
                                                twin[1].pattern.text(), twin->pattern.text(), twin->place.to_string())};
  }
  context.numbers = static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Extension& e) { return e.pattern.is_number(); }));
  contexts_.push_back(std::make_unique<Context>(std::move(context)));
  return {};
}

Result<void> Contexts::finish() {
  for (const auto& context : contexts_) {
    std::vector<const Context*> path;
    if (auto walked = walk(*context, path, context->asked); !walked) return walked;
  }
  return {};
}

Result<void> Contexts::walk(const Context& context, std::vector<const Context*>& path, std::vector<const Context*>& asked) const {
  if (std::find(path.begin(), path.end(), &context) != path.end()) {
    return Error{ErrorCode::invalid, fmt::format("{}: context \"{}\" includes itself", context.place.to_string(), context.name)};
  }
  if (std::find(asked.begin(), asked.end(), &context) != asked.end()) return {};  // asked before: what it did not fit then it does not now
  if (path.size() == kDeepestInclude) {
    return Error{ErrorCode::invalid, fmt::format("{}: includes are deeper than {}", path.front()->place.to_string(), kDeepestInclude)};
  }
  path.push_back(&context);
  asked.push_back(&context);
  for (const auto& name : context.includes) {
    const auto* other = find(name);
    if (other == nullptr) {
      return Error{ErrorCode::not_found,
                   fmt::format("{}: context \"{}\" includes \"{}\", which is not defined", context.place.to_string(), context.name, name)};
    }
    if (auto walked = walk(*other, path, asked); !walked) return walked;
  }
  path.pop_back();
  return {};
}

const Context* Contexts::find(std::string_view name) const {
  const auto it = std::find_if(contexts_.begin(), contexts_.end(), [&](const auto& c) { return c->name == name; });
  return it == contexts_.end() ? nullptr : it->get();
}

std::optional<Match> Contexts::match(std::string_view context, std::string_view number) const {
  const auto* start = find(context);
  if (start == nullptr) return std::nullopt;
  for (const auto* asked : start->asked) {
    if (const auto* extension = first_match(*asked, number)) return Match{asked, extension};
  }
  return std::nullopt;
}

std::vector<Match> Contexts::all_matches(std::string_view context, std::string_view number) const {
  std::vector<Match> found;
  const auto* start = find(context);
  if (start == nullptr) return found;
  for (const auto* asked : start->asked) {
    for (const auto& extension : asked->extensions) {
      if (extension.pattern.matches(number)) found.push_back({asked, &extension});
    }
  }
  return found;
}

}  // namespace tandem
