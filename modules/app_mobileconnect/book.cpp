#include "book.h"

#include <algorithm>

namespace tandem {

PersonSettings RemoteBook::Person::settings() const {
  PersonSettings both = declared;
  if (own.mobility) both.mobility = own.mobility;
  if (own.voice_access) both.voice_access = own.voice_access;
  if (own.pickup_wait) both.pickup_wait = own.pickup_wait;
  if (own.limit) both.limit = own.limit;
  return both;
}

const RemoteBook::Person* RemoteBook::person(std::string_view user) const {
  const auto found = people_.find(user);
  return found == people_.end() ? nullptr : &found->second;
}

const Destination* RemoteBook::find(std::string_view user, std::string_view name) const {
  const auto* const owner = person(user);
  if (owner == nullptr) return nullptr;
  const auto& all = owner->destinations;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one->name == name; });
  return found == all.end() ? nullptr : found->get();
}

const Destination* RemoteBook::find(std::string_view id) const {
  const size_t slash = id.find('/');
  return slash == std::string_view::npos ? nullptr : find(id.substr(0, slash), id.substr(slash + 1));
}

const AccessList* RemoteBook::list(std::string_view name) const {
  const auto found = lists_.find(name);
  return found == lists_.end() ? nullptr : &found->second;
}

void RemoteBook::remove_list(std::string_view name) {
  if (const auto found = lists_.find(name); found != lists_.end()) lists_.erase(found);
}

bool RemoteBook::put(Destination destination) {
  auto made = std::make_unique<const Destination>(std::move(destination));
  const auto digits = as_dialled(dial_, made->number);
  const auto* const before = find(made->user, made->name);
  const auto taken = index_.find(digits);
  if (taken.destination != nullptr && taken.destination != before) return false;
  if (before != nullptr) {
    index_.remove(as_dialled(dial_, before->number));
    remove(made->user, made->name);
  }
  if (!index_.add(digits, made.get())) return false;
  auto& all = people_[made->user].destinations;
  const auto earlier = [](const auto& a, const auto& b) { return std::tie(a->order, a->name) < std::tie(b->order, b->name); };
  all.insert(std::upper_bound(all.begin(), all.end(), made, earlier), std::move(made));
  return true;
}

void RemoteBook::remove(std::string_view user, std::string_view name) {
  const auto* const gone = find(user, name);
  if (gone == nullptr) return;
  const auto digits = as_dialled(dial_, gone->number);
  if (index_.find(digits).destination == gone) index_.remove(digits);
  auto& all = people_.find(user)->second.destinations;
  all.erase(std::find_if(all.begin(), all.end(), [gone](const auto& one) { return one.get() == gone; }));
}

const Destination* RemoteBook::user_of_list(std::string_view name) const {
  for (const auto& [user, person] : people_) {
    for (const auto& one : person.destinations) {
      if (one->list == name) return one.get();
    }
  }
  return nullptr;
}

std::vector<std::string> RemoteBook::people(std::string_view after, size_t most) const {
  // A page out of a table without an order: as many as wanted are kept while all are looked through.
  std::vector<std::string> page;
  for (const auto& [user, person] : people_) {
    if (user <= after || (page.size() == most && user >= page.front())) continue;
    page.push_back(user);
    std::push_heap(page.begin(), page.end());
    if (page.size() > most) {
      std::pop_heap(page.begin(), page.end());
      page.pop_back();
    }
  }
  std::sort_heap(page.begin(), page.end());
  return page;
}

}  // namespace tandem
